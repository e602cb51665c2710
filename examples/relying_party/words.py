"""Values as people read them."""

from datetime import UTC, datetime
from typing import Any

_TIMES = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})
_MEANINGS = {
    "iss": "Issuer: who signed this in",
    "sub": "Subject: the identity, for good",
    "aud": "Audience: this application",
    "exp": "Expires",
    "iat": "Issued",
    "nbf": "Not before",
    "auth_time": "When it was shown who you are",
    "nonce": "Ties the answer to our request",
    "amr": "By what: a passkey, a code",
    "acr": "Strength of the sign-in",
    "azp": "Authorised party",
    "at_hash": "Ties it to the access token",
    "sid": "Session at the issuer",
    "jti": "Number of this token",
    "preferred_username": "Username",
    "updated_at": "Last change of the account",
    "email_verified": "E-mail proven?",
    "tenant_id": "Tenant",
    "realm_id": "Realm",
    "locator": "Sealed: for the issuer alone",
}


def as_date_and_time(value: str | float) -> str:
    """Return an RFC 3339 time or epoch seconds as `5 March 2026, 14:03 UTC`; else the text."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value).astimezone(UTC)
        else:
            moment = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return str(value)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def explained(claims: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (claim, meaning, value) for each claim of an ID token (OIDC Core §2, §5.1)."""
    return [(name, _MEANINGS.get(name, ""), _shown(name, claims[name])) for name in claims]


def _shown(name: str, value: Any) -> str:
    if name in _TIMES and isinstance(value, int | float):
        return as_date_and_time(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
