"""A bad network for real processes: a proxy that mistreats connections, namespaces whose cables can
be pulled, a wall clock that jumps, and the verdict that joins what workers did with what the server
says they did.
"""
