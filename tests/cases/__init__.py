"""Cases from public reports: what users met at servers and in messages, and what is right.

``table`` names each case and the tests that hold it; ``make cases`` runs them and prints a table.
"""
