"""What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.4)."""

from collections.abc import Mapping
from typing import Any

from keybound.domain.application import Application
from keybound.domain.logout_notice import LogoutNotice

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYP = "logout+jwt"
LIFETIME_S = 120


def logout_claims(
    notice: LogoutNotice, application: Application, issuer: str, *, now: int, jti: str
) -> Mapping[str, Any]:
    """Return its claims: never a nonce, always `sid`, and `sub` where it is known."""
    content = {
        "iss": issuer,
        "aud": application.client_id,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": jti,
        "sid": notice.sid,
        "events": {EVENT: {}},
    }
    return content | ({"sub": notice.subject} if notice.subject else {})
