"""The domain: reviews, the model, its evaluation and the loop's schemas; no AWS and no web framework."""
