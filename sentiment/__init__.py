"""The domain: reviews, the model, its evaluation and the loop's schemas. No AWS, no web framework."""
