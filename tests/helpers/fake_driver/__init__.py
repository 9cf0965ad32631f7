"""A driver without a GPU: C source of a ``libcuda.so.1``, its compiler, and its test hooks."""
