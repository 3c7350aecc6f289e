"""What changes its name, or seems to."""
