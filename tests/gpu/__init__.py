"""Tests that need a real GPU: ``make gpu-check`` runs them there; elsewhere each is skipped, with the reason."""
