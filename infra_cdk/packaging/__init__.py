"""Packages a Python function without Docker: what it imports, what it pins, and their bytecode. Knows nothing of CDK."""
