"""Read and write small JSON files beside the header cache; nothing depends on them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from poptui.storage.locks import make_folder

MAX_FILE_BYTES = 262_144
"""A larger file was not written by poptui."""


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in the file; an empty one if it can't be read."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, so that another poptui never reads half of it.

    Raises OSError.
    """
    from tempfile import NamedTemporaryFile

    make_folder(path.parent)
    with NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        try:
            json.dump(content, file)
            file.close()
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
