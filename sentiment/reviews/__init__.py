"""Reviews: what one is, reading them from files of many formats, and the sample that comes along."""
