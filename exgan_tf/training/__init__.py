"""Training: the strategy, one distributed step, and the loop around it."""
