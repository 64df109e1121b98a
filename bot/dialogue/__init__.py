"""WHAT to say: engine, danger, understanding, and one module per flow."""
