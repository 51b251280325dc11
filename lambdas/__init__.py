"""The functions behind the API, one folder each."""
