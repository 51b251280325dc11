"""Metrics, the gate, and how far feedback is trusted."""
