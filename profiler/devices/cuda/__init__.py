"""The real device: plans run through the CUDA driver. The only part of Lanescope that speaks to it.

Importing these modules loads no driver; opening a device does.
"""
