"""Packages a Python function without Docker: what it imports, what it pins, their bytecode. Knows no CDK."""
