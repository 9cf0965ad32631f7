"""What the window shows, as plain observable objects: no Qt here, so that all of it is tested without a display."""
