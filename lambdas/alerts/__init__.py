"""Starts a retraining run when an alert asks for one; Alertmanager calls it."""
