"""Visitors who are not there: reviews sent to the public API, and feedback by raters of whom some may lie."""
