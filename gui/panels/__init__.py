"""Panels around the timeline. Each reads the state it is given, calls its methods, and keeps nothing for another."""
