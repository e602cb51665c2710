"""Reading our own access tokens back (RFC 9068 §4)."""

from collections.abc import Mapping
from typing import Any

from keybound.domain.login import LoginLocator
from keybound.oauth.codes import ACCESS, open_locator
from keybound.oauth.ports import Seal, Verifier


def read_access_token(verifier: Verifier, token: str, now: int) -> Mapping[str, Any]:
    """Return the claims of an unexpired access token of this deployment.

    Its issuer is for the caller to compare. Raises ValueError, Unavailable.
    """
    content = verifier.verify(token, typ="at+jwt")
    expires = content.get("exp")
    if not isinstance(expires, int) or now >= expires:
        raise ValueError("expired")
    return content


def key_of(content: Mapping[str, Any]) -> str:
    """Return the thumbprint of the key that a token is bound to, or an empty string."""
    confirmation = content.get("cnf")
    return str(confirmation.get("jkt", "")) if isinstance(confirmation, Mapping) else ""


def login_of(content: Mapping[str, Any], seal: Seal) -> LoginLocator | None:
    """Return where the login behind a token is; None when no person stands behind it.

    Raises ValueError for a locator that does not open, Unavailable.
    """
    if "locator" not in content:
        return None
    sealed, issuer = str(content["locator"]), str(content["iss"])
    return open_locator(seal, sealed, kind=ACCESS, issuer=issuer)
