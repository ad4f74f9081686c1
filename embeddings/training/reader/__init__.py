"""How the reader was made: its start, what it learns from, and the network."""
