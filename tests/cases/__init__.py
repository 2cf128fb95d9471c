"""Cases from public reports: problems that users had with servers and messages.

``table`` names each case, the correct behaviour, and the tests that check it; ``make cases`` runs
them and prints a table.
"""
