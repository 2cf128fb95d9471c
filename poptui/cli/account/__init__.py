"""``poptui account …``: the accounts in the configuration file. Start reading at ``group``."""
