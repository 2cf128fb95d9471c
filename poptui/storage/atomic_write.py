"""Replace a file of the user's as a whole: a crash leaves the old content or the new one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from poptui.errors import UsageError
from poptui.storage.toml_reader import shown


def replace_file(path: Path, octets: bytes) -> None:
    """Write ``octets`` to ``path``, readable only by the user. Raises UsageError.

    A symbolic link stays, and the file it points to is replaced. Missing folders are made.
    """
    import tempfile

    try:
        target = path.resolve()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(draft).unlink()
            raise
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = getattr(error, "strerror", None) or "its links form a loop"
        raise UsageError(f"{shown(path)} cannot be written: {reason}.") from None
