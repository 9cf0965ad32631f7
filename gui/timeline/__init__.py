"""The timeline: thin painting of what `profiler.timeline` computes, and gestures that change the state objects."""
