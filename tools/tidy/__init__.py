"""The checks of STYLE.md: text only, no compiler, no network, a few seconds.

`python3 -m tidy` (with tools/ on the path) reads the files git knows and prints a finding a line.
Each module holds one family of rules: `check(sources)` returns Findings. Samples that must fail
stand in *_test.py beside them.
"""
