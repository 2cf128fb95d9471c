"""The actions of the interface: `registry` lists them all, `action` says what one is."""
