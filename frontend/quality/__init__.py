"""How good the model is, from what Prometheus knows: what is asked, what follows from it, and how it is shown."""
