"""What a batch costs: networks, micro workloads, and workloads from a person's own file.

`profiler.workload.registry.open_workload` opens any of them by name; `profiler.workload.model` says what one is.
"""
