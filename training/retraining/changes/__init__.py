"""The page that says what changed between two models: what it tells (`contents`), its charts, and its HTML (`page`)."""
