"""The sans-IO protocol core of RFC 1939 and its extensions."""
