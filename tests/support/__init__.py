"""What the process tests share: real servers and workers, a raw line client, waiting, reading of
worker logs.
"""
