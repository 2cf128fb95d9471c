"""Turn the terminal's bytes into keys, clicks and pastes. Start with ``splitter``.

Textual takes an unknown control sequence for typed letters, and a ``d`` among them would mark a
message. Here such a sequence is dropped as a whole.
"""
