"""SCRAM (RFC 5802, RFC 7677): neither side reveals the password, and each proves that it has it.

The library scramp does the cryptography; it is imported only when SCRAM is used. The -PLUS forms
also bind the exchange to the TLS connection, so that someone who terminates TLS in the middle
can't pass it on. The binding is ``tls-server-end-point`` (RFC 5929), a hash of the certificate:
Python's ssl module can't export keying material, which ``tls-exporter`` (RFC 9266) is made of
(python/cpython issue 82133 asks for it), and TLS 1.3 has no ``tls-unique``.
"""

from __future__ import annotations

from poptui.patterns import lazy_pattern
from poptui.pop3.auth import ClientFirst
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

MAX_ITERATIONS = 2_000_000
"""The server may ask for about a second of work. Real servers ask for 4096 to some
hundred thousand."""

END_POINT = "tls-server-end-point"

_FIRST = lazy_pattern(r"r=(?P<nonce>[^,]*),s=[^,]*,i=(?P<iterations>[0-9]{1,20})(,|$)")
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
    from scramp import ScramException
    from scramp.core import CBindData

    try:
        return bytes(CBindData.from_der(certificate))
    except (ScramException, ValueError, TypeError, KeyError):
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
        from scramp import ScramClient, ScramException

        try:
            self._client = ScramClient(
                [name],
                user,
                password.reveal(),
                channel_binding=None if binding is None else (END_POINT, binding),
                c_nonce=nonce,
            )
        except (ScramException, UnicodeError):
            raise LocalError(
                "user or password has characters that SASLprep forbids (RFC 4013)"
            ) from None
        self._nonce = str(self._client.c_nonce)
        self._first: bytes = self._client.get_client_first().encode()
        self._is_proof_sent = self._is_proved = False

    def initial(self) -> bytes:
        """Return the channel binding that is used, the user and our nonce."""
        return self._first

    def go_on(self, challenge: bytes) -> bytes | None:
        """Return our proof for the first challenge; check the server's proof in the second."""
        if self._is_proved:
            return None
        text = challenge.decode("utf-8", "replace")
        if refusal := _REFUSAL.match(text):
            reason = refusal["reason"]
            self.problem = reason.replace("-", " ")
            self.distrust = _BROKEN_BINDINGS.get(reason, "")
            self.wants_binding = reason == _OFFER_LOST
            return b"" if self._is_proof_sent else None
        if self._is_proof_sent:
            return self._check_proof(text)
        return self._proof(text)

    @property
    def is_complete(self) -> bool:
        """Whether the server has proved that it knows the password."""
        return self._is_proved

    def _proof(self, text: str) -> bytes | None:
        from scramp import ScramException

        first = _FIRST.match(text)
        if first is None:
            self.problem = "it did not follow the protocol"
            return None
        nonce, iterations = first["nonce"], int(first["iterations"])
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            self.distrust = "it answered with parts of another session"
            return None
        if iterations > MAX_ITERATIONS:
            self.problem = f"it asked to hash the password {iterations:,} times"
            return None
        try:
            self._client.set_server_first(text)
            proof: str = self._client.get_client_final()
        except (ScramException, ValueError) as error:
            self.problem = str(error)
            return None
        self._is_proof_sent = True
        return proof.encode()

    def _check_proof(self, text: str) -> bytes | None:
        from scramp import ScramException

        try:
            self._client.set_server_final(text)
        except (ScramException, ValueError):
            self.distrust = "it did not prove that it knows the password"
            return None
        self._is_proved = True
        return b""
