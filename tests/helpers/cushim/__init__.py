"""The project's CUDA kernels compiled for the processor, so that their numerics are tested without a GPU."""
