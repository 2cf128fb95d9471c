"""Why a target is missed, if we know."""

from __future__ import annotations

REASONS = {
    "headers,": "the floor only counts ends of replies; cutting and matching each one costs more"
    " than the server takes to send it, and a whole list decodes, judges and prints them too.",
    "interface painted": "the connection and some two hundred modules of our own are loaded beside"
    " Textual, and thirty widgets have styles.",
    "poptui list, one message": "150 modules of the headless part; if the server offers SCRAM, its"
    " library, a third of a bare interpreter; and what the server takes to log in.",
    "mark": "the card below the list follows the cursor, and says why a message looks like spam.",
    "judge": "some thirty checks of sender, subject, route and text, each a separate search.",
    "first 20 headers": "seven round trips are 0.7 s, the import of the interface some 0.5 s beside"
    " them, and 50,000 lines of UIDL and LIST are read and made into rows.",
    "resident": "what Textual takes, and about 1.2 kB for each message: names, subject, ids,"
    " verdict.",
    "sort by": "a key is made for each message, in slices between which the screen answers.",
    "cursor down": "the card below the list follows the cursor.",
}


def reason(figure: str) -> str:
    """Return the reason why ``figure`` misses its target, by the start of its name."""
    known = (why for start, why in REASONS.items() if figure.startswith(start))
    return next(known, "not understood yet; look whether the machine was busy.")
