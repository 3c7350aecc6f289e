"""What blocks a live database."""
