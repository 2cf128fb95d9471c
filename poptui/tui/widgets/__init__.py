"""The widgets of the screens. Most draw themselves line by line: start with ``line_widget``."""
