"""What a migration destroys."""
