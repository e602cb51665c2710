"""The WebAuthn relying party that a ceremony belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RelyingParty:
    """Identifies the relying party and where its ceremonies may run (WebAuthn L3 §4).

    id: the RP ID, a host name. name: shown by some authenticators. expected_origins: web and
    `android:apk-key-hash:…` origins in the normal form of keybound.ceremonies.origins.
    """

    id: str
    name: str
    expected_origins: tuple[str, ...]
