"""What downgrade() forgets, breaks or refuses."""
