"""Read the journal of marks as the next start will: opened anew, by its name."""

from __future__ import annotations

import os
from collections.abc import Set
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

WAIT_S = 5.0
"""For another process that writes."""


def uids_on_disk(path: Path, account: str) -> Set[str]:
    """The UIDs of the marks that the file under this name holds; none where it can't be read."""
    import sqlite3

    try:
        address = f"file://{quote(os.fsencode(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S)) as connection:
            rows = connection.execute("SELECT uid FROM mark WHERE account = ?", [account])
            return frozenset(uid for (uid,) in rows)
    except (sqlite3.Error, UnicodeError, OSError):
        return frozenset()
