"""Lanescope: are a GPU pipeline's transfers hidden behind compute, why not, and what would hide them.

Importing this package loads neither Qt, nor CUDA, nor pyarrow; each is imported by the part that needs it.
"""

__version__ = "0.1.0"
