"""Which revisions there are, and in which order."""
