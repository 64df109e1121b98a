"""The terminal: talking (`antam chat`) and asking (`antam ask`)."""
