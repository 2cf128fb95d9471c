"""Parts that are signed or encrypted: what is said of them. Nothing is verified here."""

from __future__ import annotations

from poptui.mail.mime.part_header import PartHead

_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def protection(head: PartHead) -> str:
    """A sentence where the part is signed or encrypted, else ``""``."""
    if head.kind == "multipart/signed":
        way = "S/MIME" if "pkcs7" in head.type.get("protocol").lower() else "PGP"
        return f"The message is signed with {way}; the signature is not verified."
    if head.kind == "multipart/encrypted":
        return "The message is encrypted with PGP; it cannot be read here."
    if head.kind not in _SMIME:
        return ""
    if head.type.get("smime-type").lower() == "signed-data":
        return (
            "The message is wrapped in an S/MIME signature, which is not opened here:"
            " it is among the attachments."
        )
    return "The message is encrypted with S/MIME; it cannot be read here."
