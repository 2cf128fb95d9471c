"""Formatting, wrapping and wording that the command line and the interface share."""
