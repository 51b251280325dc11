"""Makes tables, counters and lake agree after a crash: `python -m ops.reconcile`."""
