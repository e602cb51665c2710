"""What a refused WebAuthn ceremony looks like to everybody above this package."""

from keybound.domain.errors import PlatformError

REFUSED = "the passkey response was refused"


class CeremonyRefused(PlatformError):
    """A step of WebAuthn L3 §7.1 or §7.2 failed, or the response cannot be read at all.

    The description is one text for every step: a caller learns nothing about which check failed.
    `step` is the stable name of that check, for logs and tests; docs/webauthn.md lists them.
    """

    code = "ceremony_refused"

    def __init__(self, step: str, *, detail: str = "") -> None:
        super().__init__(REFUSED, detail=f"{step}: {detail}" if detail else step)
        self.step = step
