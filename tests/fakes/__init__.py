"""Servers that behave like the platforms, errors included, and stand-ins for parts of ours."""
