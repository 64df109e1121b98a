"""What An Tâm knows: cards, laws, contacts and fixed words as YAML, and the code that reads them."""
