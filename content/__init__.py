"""What An Tâm knows: cards, laws, contacts, fixed words as YAML, and the code that reads them."""
