"""Tables, counters and lake brought to agree after a crash: `python -m ops.reconcile`."""
