"""The filter language: from a text such as ``is:spam older:30d`` to a predicate.

Start with ``filter``; ``terms`` lists what can be asked.
"""
