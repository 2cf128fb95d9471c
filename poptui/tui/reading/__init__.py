"""What the viewer shows of a message, and what can be done with it."""
