"""The model monitor: a function that says every minute how good the model is."""
