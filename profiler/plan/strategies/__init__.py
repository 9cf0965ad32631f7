"""One file a strategy: which copy and which kernel goes to which stream, in which order."""
