"""Tests of which revisions there are, and in which order."""
