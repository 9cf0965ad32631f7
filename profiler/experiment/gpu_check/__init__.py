"""Everything a machine with a GPU can show in eight minutes: ``make gpu-check``; see docs/gpu-check.md.

The check needs numpy, pyarrow and cuda-bindings. It imports nothing of the command line, and does without every package
that is only convenient, saying so.
"""
