"""Packages a Python function without Docker: its modules, its pinned packages, their bytecode. Independent of CDK."""
