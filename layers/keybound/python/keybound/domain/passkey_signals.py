"""What a browser is told about somebody's passkeys, so that its list is the service's (WebAuthn L3
§5.1.10, Signal API)."""

from dataclasses import asdict, dataclass
from typing import Any

from keybound.domain.encoding import b64url
from keybound.domain.identity import Identity, user_handle


@dataclass(frozen=True)
class PasskeySignals:
    """For `signalAllAcceptedCredentials` and `signalCurrentUserDetails`. Ids: unpadded base64url.

    Only for whoever has just shown one of these passkeys, or has just made it: a list that lacks
    a passkey makes devices hide it or throw it away.
    """

    relying_party_id: str
    user_id: str
    accepted_credential_ids: tuple[str, ...]
    name: str
    display_name: str


def signals_of(
    identity: Identity, relying_party_id: str, shown: str, *, added: bool = False
) -> PasskeySignals | None:
    """Return what to tell whoever has shown the passkey with the credential id `shown`.

    added: it was bound a moment ago, so the identity as it was read does not list it yet. None
    when it is not among the identity's, and the list therefore not to be trusted.
    """
    accepted = tuple(passkey.credential_id for passkey in identity.passkeys)
    if added and shown not in accepted:
        accepted = (*accepted, shown)
    if shown not in accepted:
        return None
    return PasskeySignals(
        relying_party_id,
        b64url(user_handle(identity)),
        accepted,
        identity.username,
        identity.display_name,
    )


def signals_content(signals: PasskeySignals | None) -> dict[str, Any]:
    """Return the member `signals` of an answer, or nothing."""
    return {"signals": asdict(signals)} if signals is not None else {}
