"""Pydantic models of what folders exchange: the API's bodies, the pointer, archived events."""
