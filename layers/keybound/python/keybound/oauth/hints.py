"""Hints name who is expected to sign in, or whose sign-in is to end."""

from collections.abc import Mapping
from typing import Any

from keybound.domain.identity import Identity, normalised_username
from keybound.oauth.claims import is_subject
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.ports import Verifier


def required_subject(verifier: Verifier, id_token_hint: str, issuer: str, client_id: str) -> str:
    """Return the `sub` of a good id_token_hint, or an empty string when none was sent.

    Expired ID tokens are good hints. Raises InvalidRequest for anything that is not an ID token
    of this issuer and client (OpenID Connect Core §3.1.2.1, §3.1.2.2).
    """
    if not id_token_hint:
        return ""
    subject = read_id_token_hint(verifier, id_token_hint, issuer, client_id).get("sub")
    if not isinstance(subject, str) or not is_subject(subject):
        raise InvalidRequest("the id_token_hint names nobody")
    return subject


def read_id_token_hint(
    verifier: Verifier, id_token_hint: str, issuer: str, client_id: str
) -> Mapping[str, Any]:
    """Return the claims of an ID token, expired or not, of this issuer and client.

    Raises InvalidRequest for anything else, Unavailable.
    """
    try:
        claims = verifier.verify(id_token_hint, typ="jwt")
    except ValueError as error:
        raise InvalidRequest("the id_token_hint is not valid", detail=str(error)) from error
    if claims.get("iss") != issuer or claims.get("aud") != client_id:
        raise InvalidRequest("the id_token_hint is another application's")
    return claims


def matches_login_hint(identity: Identity, login_hint: str) -> bool:
    """Whether the hint names this identity: by id, username, or primary e-mail address."""
    hint = normalised_username(login_hint)
    known = (identity.id, normalised_username(identity.username), identity.email.casefold())
    return not login_hint or hint in known
