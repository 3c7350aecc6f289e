"""env.py and the configuration."""
