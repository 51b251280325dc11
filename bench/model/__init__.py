"""How good the model is and how fast it scores, beside what people would use instead."""
