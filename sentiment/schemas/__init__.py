"""What crosses a border, as pydantic models: the API's bodies, the pointer to the served model, archived events."""
