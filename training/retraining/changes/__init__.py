"""The page on what changed between two models: its contents, its charts and its HTML."""
