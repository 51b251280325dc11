"""What crosses a border, as pydantic models: bodies of the API, the pointer to the model, archived events."""
