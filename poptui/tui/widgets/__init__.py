"""The widgets of the screens. Most draw themselves line by line; see ``line_widget``."""
