"""What the octets of a message say: headers, MIME parts, text and links."""
