"""What joins the window's state to its workers, without widgets."""
