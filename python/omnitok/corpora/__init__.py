"""Languages, parallel texts and readers of training text."""
