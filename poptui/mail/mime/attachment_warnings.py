"""Warn about attachments: programs, deceptive names, content that isn't of the declared type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from poptui.mail.mime import magic
from poptui.patterns import lazy_pattern
from poptui.printable import printable_line


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_PROGRAMS = _names(
    "exe com scr pif cpl msi msp dll ocx sys drv bat cmd ps1 psm1 vbs vbe js jse wsf wsh wsc hta "
    "lnk url scf reg inf msc jar jnlp class chm hlp gadget application appx appxbundle msix "
    "xll sct apk app dmg pkg command run sh bash csh elf desktop py pyw pl rb iso img vhd "
    "vhdx one settingcontent-ms library-ms search-ms"
)
_MACROS = _names("docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm xlw iqy slk")
_DOCUMENTS = _names(
    "pdf doc docx xls xlsx ppt pptx rtf txt csv odt ods jpg jpeg png gif bmp tif tiff mp3 mp4 avi "
    "wav zip htm html xml eml"
)
_RUNS = {
    magic.PROGRAM: "a Windows program",
    magic.ELF: "a Linux program",
    magic.MACH: "a macOS program",
    magic.CLASS: "a Java program",
    "application/java-archive": "a Java program",
    "application/vnd.android.package-archive": "an Android program",
    magic.SCRIPT: "a script",
    magic.SHORTCUT: "a Windows shortcut, which can run any program",
    "application/hta": "a script that Windows can run",
    "application/vnd.ms-htmlhelp": "a Windows help file, which can run programs",
    "application/vnd.ms-office.macro": "an office document with macros",
}
_BIDI = lazy_pattern("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_GAP = lazy_pattern(r"\s{6,}|_{12,}")
_VAGUE = _names(
    "application/octet-stream application/x-octet-stream application/binary"
    " application/force-download application/x-download application/x-msdownload"
    " application/save application/download"
    " application/unknown application/x-unknown"
)
_SAME = (
    _names("application/zip application/x-zip-compressed application/x-zip multipart/x-zip"),
    _names("application/gzip application/x-gzip application/x-gtar application/x-compressed-tar"),
    _names("image/jpeg image/jpg image/pjpeg image/x-citrix-jpeg"),
    _names("image/png image/x-png image/x-citrix-png image/apng"),
    _names("image/bmp image/x-bmp image/x-ms-bmp"),
    _names("image/x-icon image/vnd.microsoft.icon image/ico"),
    _names("image/heic image/heif image/heic-sequence"),
    _names("text/calendar application/ics application/calendar"),
    _names("text/vcard text/x-vcard text/directory text/v-card"),
    _names("text/xml application/xml image/svg+xml text/html application/xhtml+xml"),
    _names("application/rtf text/rtf application/msword application/x-rtf"),
    _names("application/pgp-encrypted application/pgp-signature application/pgp-keys text/plain"),
    _names("application/x-rar-compressed application/x-rar application/vnd.rar application/rar"),
    _names("application/ms-tnef application/vnd.ms-tnef"),
    _names("audio/wav audio/x-wav audio/wave audio/vnd.wave"),
    _names("audio/mpeg audio/mp3 audio/x-mp3 audio/mpeg3"),
    _names("video/x-matroska video/webm audio/webm"),
)
_HOLDS = {
    magic.ZIP: re.compile(r"zip|officedocument|opendocument|epub|jar|android|macroenabled"),
    magic.OLE: re.compile(
        r"ms-?(word|excel|powerpoint|outlook|project|works|office)|msword|vnd\.ms"
    ),
    "video/mp4": re.compile(r"video/|audio/|image/"),
    "audio/ogg": re.compile(r"video/|audio/|/ogg"),
    "application/vnd.ms-office.macro": re.compile(r"macroenabled"),
    magic.HTML: re.compile(r"html|xml"),
    magic.SCRIPT: re.compile(r"text/|script|x-sh|perl|python"),
}


def warnings(name: str, declared: str, actual: str) -> tuple[str, ...]:
    """Return warnings about an attachment, from its name, its declared type and its real type."""
    return tuple(dict.fromkeys(_warnings(name, declared, actual)))


def _warnings(name: str, declared: str, actual: str) -> Iterator[str]:
    plain = _BIDI.sub("", name).rstrip(" .")
    stem, _, ending = plain.lower().rpartition(".")
    if plain != name.rstrip(" ."):
        yield "Its name has text direction characters, which can hide its extension."
    if actual in _RUNS:
        yield f"Its content is {_RUNS[actual]}."
    elif stem and ending in _PROGRAMS:
        yield f"Opening it can run a program: its extension is .{printable_line(ending)}."
    if stem and ending in _MACROS:
        yield f"This office document can run macros: its extension is .{ending}."
    inner = stem.rstrip(" _.").rpartition(".")[2]
    if ending in _PROGRAMS | _MACROS and inner in _DOCUMENTS and inner != ending:
        yield f"Its name looks like .{inner}, but its extension is .{ending}."
    if _GAP.search(stem):
        yield "Its name has a long gap, which can push its extension out of sight."
    if differs(declared, actual):
        yield f"It is declared as {printable_line(declared)}, but its content is {actual}."


def differs(declared: str, actual: str) -> bool:
    """Whether the content contradicts the declared type, and isn't just more specific."""
    if not actual or declared == actual or declared in _VAGUE or not declared:
        return False
    if (holds := _HOLDS.get(actual)) is not None and holds.search(declared):
        return False
    if _HOLDS[magic.ZIP].search(declared) and _HOLDS[magic.ZIP].search(actual):
        return False
    return not any(declared in same and actual in same for same in _SAME)
