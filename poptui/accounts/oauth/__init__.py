"""OAuth 2.0: authorize poptui once in a browser, then get access tokens without asking.

Start reading at ``authorize`` (the user's part, once) and ``stored_tokens`` (each login).
"""
