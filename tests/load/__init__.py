"""Load and limits: many jobs, many connections, more than can be done. See load_limits.py."""
