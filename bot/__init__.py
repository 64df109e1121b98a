"""The conversation and all that carries it."""
