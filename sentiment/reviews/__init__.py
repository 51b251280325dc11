"""Reviews: the review itself, reading them from files of many formats, and the built-in sample."""
