"""The inference function's cold start, size and memory, beside the same API on what people would use instead."""
