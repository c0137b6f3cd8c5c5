"""Crash consistency of the real program on real storage: shutdown_loop.py, call_faults.py and
rot_loop.py are its programs (docs/testing.md), the other modules their parts.
"""
