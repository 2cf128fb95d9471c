"""From the terminal's bytes to keys, clicks and pastes. Start reading at ``splitter.py``.

Textual types a control sequence that it does not know, letter by letter, and a ``d`` among them
marks a message. Here such a sequence is dropped as a whole.
"""
