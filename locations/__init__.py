"""Places: the table of safe places and the gazetteer. Holds nothing until the table opens."""
