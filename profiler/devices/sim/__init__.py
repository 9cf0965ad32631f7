"""The simulated GPU: docs/simulator.md has the rules it follows."""
