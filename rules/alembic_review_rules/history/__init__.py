"""The history as a whole, and its files."""
