"""The filter that poptui trains on the messages that the user deletes and keeps.

Start with ``training``; ``bayes`` counts the words.
"""
