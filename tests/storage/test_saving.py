"""Names of saved files: the attachment names that senders choose are made harmless."""

from __future__ import annotations

import pytest

from poptui.storage.saving import MAX_NAME_BYTES, file_name


@pytest.mark.parametrize(
    ("foreign", "name"),
    [
        ("report.pdf", "report.pdf"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("~root", "root"),
        (" ._-~ x", "x"),
        ("../../etc/passwd", "etc_passwd"),
        ("..\\evil.exe", "evil.exe"),
        ("CON.txt", "_CON.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a. .", "a"),
        ("...", "unnamed"),
        ("x" * 300 + ".tar.gz", "x" * (MAX_NAME_BYTES - 7) + ".tar.gz"),
    ],
)
def test_a_foreign_name_is_made_harmless(foreign: str, name: str) -> None:
    assert file_name(foreign, "unnamed") == name
