"""The parts of kill_loop.py: what was promised (ledger), who asks for it (load), when the server
dies (plan).
"""
