"""What poptui learns from the messages that the user deletes and keeps.

Start with ``training``; ``bayes`` counts the words.
"""
