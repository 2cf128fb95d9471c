"""From the terminal's bytes to keys, clicks and pastes. Start reading at ``splitter.py``.

Textual takes an unknown control sequence for typed letters, and a ``d`` among them would mark a
message. Here such a sequence is dropped as a whole.
"""
