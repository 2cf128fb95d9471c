"""An embedded POP3 server and its letters, to try poptui on."""
