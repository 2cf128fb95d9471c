"""``poptui save``: a message byte for byte, or its attachments; nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages

MIXED = b"""From: ann@example.org\r
Subject: two files\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
see below\r
--b\r
Content-Type: application/octet-stream; name="../../report.bin"\r
Content-Disposition: attachment; filename="../../report.bin"\r
Content-Transfer-Encoding: base64\r
\r
AAEC\r
--b--\r
"""


def url(server: OddServer) -> str:
    return f"pop://user@127.0.0.1:{server.port}"


def test_a_message_is_saved_byte_for_byte_and_never_overwritten(
    batch: RunBatch, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    with serving(OddServer(make_messages(3))) as server:
        results = [batch("save", url(server), "2", str(folder)) for _ in range(2)]
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]
    paths = [Path(result.text.rstrip("\n")) for result in results]
    assert [(result.code, result.err) for result in results] == [(0, ""), (0, "")]
    assert len(set(paths)) == 2
    assert {path.parent for path in paths} == {folder}
    assert [path.read_bytes() for path in paths] == [make_messages(3)[1]] * 2


def test_attachments_are_saved_inside_the_folder(batch: RunBatch, tmp_path: Path) -> None:
    with serving(OddServer([MIXED])) as server:
        result = batch("save", url(server), "latest", str(tmp_path / "out"), "--attachments")
    (path,) = (tmp_path / "out").iterdir()
    assert (result.code, result.text) == (0, f"{path}\n")
    assert path.name.endswith("report.bin")
    assert path.read_bytes() == b"\0\1\2"


def test_a_message_without_attachments(batch: RunBatch, tmp_path: Path) -> None:
    with serving(OddServer(make_messages(1))) as server:
        result = batch("save", url(server), "1", str(tmp_path), "--attachments")
    assert (result.code, result.out) == (1, b"")
    assert result.sentence == "poptui: Message 1 has no attachments to save."


def test_a_folder_that_cannot_be_created(batch: RunBatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving(OddServer(make_messages(1))) as server:
        result = batch("save", url(server), "1", str(tmp_path / "file" / "out"))
    assert result.code in (1, 2)
    assert str(tmp_path / "file") in result.sentence
