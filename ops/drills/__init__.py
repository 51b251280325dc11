"""Drills: plant the cause of an alert in the running loop, wait for the alert, mend the cause, wait for the end."""
