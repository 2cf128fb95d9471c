"""SCRAM (RFC 5802, RFC 7677): neither side reveals the password, and each proves that it has it.

The -PLUS forms also bind the exchange to the TLS connection, so that someone who terminates TLS in
the middle can't pass it on. The binding is ``tls-server-end-point`` (RFC 5929), a hash of the
certificate: Python's ssl module can't export keying material, which ``tls-exporter`` (RFC 9266) is
made of (python/cpython issue 82133 asks for it), and TLS 1.3 has no ``tls-unique``.

The few lines of cryptography are hashlib's and hmac's. A library would load ten times as many
modules in the middle of a login; the tests have one play the server.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from hashlib import new as new_hash
from hashlib import pbkdf2_hmac

from poptui.patterns import lazy_pattern
from poptui.pop3.auth import ClientFirst
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

MIN_ITERATIONS, MAX_ITERATIONS = 4096, 2_000_000
"""How often the server may have the password hashed: at least what RFC 7677 demands, at most what
takes about a second. Real servers ask for 4096 to some hundred thousand."""
MIN_SALT_BYTES = 12
NONCE_BYTES = 24

END_POINT = "tls-server-end-point"

_HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
_PLUS = "-PLUS"
_FIRST = lazy_pattern(
    r"r=(?P<nonce>[!-+\--~]*),s=(?P<salt>[^,]*),i=(?P<iterations>[0-9]{1,20})(,|$)"
)
_LAST = lazy_pattern(r"v=(?P<signature>[^,]*)(,|$)")
_REFUSAL = lazy_pattern(r"e=(?P<reason>[^,]{1,100})")

_OFFER_LOST = "server-does-support-channel-binding"
"""The answer to “y”: the client could bind the login and thinks that the server can't."""

_BROKEN_BINDINGS = {
    "channel-bindings-dont-match": "it uses another certificate than the one shown to poptui, so"
    " someone may be reading along",
    _OFFER_LOST: "its offer of SCRAM-PLUS did not arrive here, so someone"
    " may be changing what is sent",
}
"""Refusals that mean an attack rather than a wrong password (RFC 5802 sections 6 and 7)."""


def channel_binding(certificate: bytes | None) -> bytes | None:
    """Return the ``tls-server-end-point`` data of a DER certificate; None if it has none.

    It is undefined for certificates whose signature has no separate hash, such as Ed25519.
    """
    if certificate is None:
        return None
    from asn1crypto.x509 import Certificate

    try:
        name = Certificate.load(certificate, strict=True).hash_algo
        return new_hash("sha256" if name in ("md5", "sha1") else name, certificate).digest()
    except (ValueError, TypeError, KeyError):
        return None


class Scram(ClientFirst):
    """One exchange of SCRAM-SHA-1, SCRAM-SHA-256 or their -PLUS forms."""

    is_slow = True  # the server decides how often the password is hashed

    def __init__(
        self,
        name: str,
        user: str,
        password: Secret,
        binding: bytes | None = None,
        nonce: str | None = None,
    ) -> None:
        """``binding``: the data of the channel binding, None if we have none to offer.

        A form without -PLUS is given it too if the server offers none with it: then the server
        learns that we could have used it and whether its offer was removed on the way (RFC 5802
        section 6). ``nonce`` is for tests. Raises LocalError.
        """
        plus = name.endswith(_PLUS)
        if plus and binding is None:
            raise LocalError("there is no TLS connection that the login could be bound to")
        self._hash = _HASHES[name.removesuffix(_PLUS)]
        self._password = Secret(saslprep(password.reveal()))
        header = f"p={END_POINT},," if plus else "n,," if binding is None else "y,,"
        self._bound = header.encode() + (binding if plus and binding else b"")
        self._nonce = nonce or os.urandom(NONCE_BYTES).hex()
        written = saslprep(user).replace("=", "=3D").replace(",", "=2C")
        if not written:
            raise LocalError("nothing is left of the user after SASLprep (RFC 4013)")
        self._first_bare = f"n={written},r={self._nonce}".encode()
        self._first = header.encode() + self._first_bare
        self._server_signature = b""
        """What the server will send if it knows the password; empty until our proof is sent."""
        self._is_proved = False

    def initial(self) -> bytes:
        """Return the channel binding that is used, the user and our nonce."""
        return self._first

    def go_on(self, challenge: bytes) -> bytes | None:
        """Return our proof for the first challenge; check the server's proof in the second."""
        if self._is_proved:
            return None
        text = challenge.decode("utf-8", "replace")
        is_proof_sent = bool(self._server_signature)
        if refusal := _REFUSAL.match(text):
            reason = refusal["reason"]
            self.complaint = reason.replace("-", " ")
            self.distrust = _BROKEN_BINDINGS.get(reason, "")
            self.wants_binding = reason == _OFFER_LOST
            return b"" if is_proof_sent else None
        return self._check_proof(text) if is_proof_sent else self._proof(text)

    @property
    def is_complete(self) -> bool:
        """Whether the server has proved that it knows the password."""
        return self._is_proved

    def _proof(self, text: str) -> bytes | None:
        """Return the message with our proof; None if the server's first one can't be answered."""
        first = _FIRST.match(text)
        if first is None:
            self.complaint = "it did not follow the protocol"
            return None
        nonce, iterations = first["nonce"], int(first["iterations"])
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            self.distrust = "it answered with parts of another session"
            return None
        if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
            self.complaint = f"it asked to hash the password {iterations:,} times"
            return None
        salt = _decoded(first["salt"])
        if salt is None or len(salt) < MIN_SALT_BYTES:
            self.complaint = "its salt is too short or not in base 64"
            return None
        final = f"c={b64encode(self._bound).decode()},r={nonce}".encode()
        signed = b",".join((self._first_bare, text.encode(), final))
        password = self._password.reveal().encode()
        salted = pbkdf2_hmac(self._hash, password, salt, iterations)
        key = self._hmac(salted, b"Client Key")
        signature = self._hmac(new_hash(self._hash, key).digest(), signed)
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        self._server_signature = self._hmac(self._hmac(salted, b"Server Key"), signed)
        return final + b",p=" + b64encode(proof)

    def _check_proof(self, text: str) -> bytes | None:
        last = _LAST.match(text)
        signature = _decoded(last["signature"]) if last else None
        if signature is None or not hmac.compare_digest(signature, self._server_signature):
            self.distrust = "it did not prove that it knows the password"
            return None
        self._is_proved = True
        return b""

    def _hmac(self, key: bytes, content: bytes) -> bytes:
        return hmac.digest(key, content, self._hash)


def _decoded(text: str) -> bytes | None:
    """Decode base 64; None if it is none."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def saslprep(text: str) -> str:
    """Return a user or password as both sides hash it (RFC 4013). Raises LocalError."""
    if text.isascii() and text.isprintable():
        return text
    import stringprep
    from unicodedata import ucd_3_2_0

    mapped = "".join(
        " " if stringprep.in_table_c12(sign) else sign
        for sign in text
        if not stringprep.in_table_b1(sign)
    )
    prepared: str = ucd_3_2_0.normalize("NFKC", mapped)
    forbidden = (
        stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22,
        stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5,
        stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
        stringprep.in_table_c9,
    )  # fmt: skip
    if any(is_forbidden(sign) for sign in prepared for is_forbidden in forbidden):
        raise LocalError("user or password has characters that SASLprep forbids (RFC 4013)")
    if any(map(stringprep.in_table_d1, prepared)) and not (
        stringprep.in_table_d1(prepared[0])
        and stringprep.in_table_d1(prepared[-1])
        and not any(map(stringprep.in_table_d2, prepared))
    ):
        raise LocalError("user or password mixes directions of writing as SASLprep forbids")
    return prepared
