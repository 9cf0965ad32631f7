"""What a batch costs: networks, micro workloads, and workloads from a person's own file."""
