"""Claims of ID tokens, access tokens and userinfo (OpenID Connect Core §2, §5; RFC 9068 §2.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from keybound.domain.application import Application
from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.login import Login

ID_TOKEN_LIFETIME_S = 3600
ACR_PHISHING_RESISTANT = "phr"
MAX_SUBJECT = 255

_PROFILE_TRAITS = {
    "given_name": "given_name",
    "family_name": "family_name",
    "middle_name": "middle_name",
    "nickname": "nick_name",
    "profile": "profile_url",
    "picture": "photo",
    "locale": "locale",
    "zoneinfo": "timezone",
}

_ADDRESS_TRAITS = {
    "formatted": "formatted_address",
    "street_address": "street_address",
    "locality": "locality",
    "region": "region",
    "postal_code": "postal_code",
    "country": "country",
}


def subject(application: Application, identity: Identity) -> str:
    """Return `sub` by the application's `subject_field`; empty when the identity has no such value.

    `email` counts only while it is verified, because a subject must not be claimable.
    """
    value: str = identity.id
    if application.subject_field == "username":
        value = identity.username
    elif application.subject_field == "email":
        value = identity.email if identity.email_verified else ""
    return value if is_subject(value) else ""


def is_subject(text: str) -> bool:
    """Whether `text` may be a `sub`: 1 to 255 ASCII characters (OpenID Connect Core §2)."""
    return 0 < len(text) <= MAX_SUBJECT and text.isascii() and text.isprintable()


def identity_claims(identity: Identity, scopes: Iterable[str]) -> dict[str, Any]:
    """Return what the scopes `profile`, `email`, `phone` and `address` release (OpenID Connect Core
    §5.1, §5.4). No telephone number is ever proven, so none is verified."""
    claims: dict[str, Any] = {}
    if "profile" in scopes:
        claims["name"] = identity.display_name
        claims["preferred_username"] = identity.username
        claims["updated_at"] = identity.update_time
        claims |= _named(_PROFILE_TRAITS, identity)
    if "email" in scopes and identity.email:
        claims["email"] = identity.email
        claims["email_verified"] = identity.email_verified
    if "phone" in scopes and identity.traits.get("primary_phone"):
        claims["phone_number"] = identity.traits["primary_phone"]
        claims["phone_number_verified"] = False
    address = _named(_ADDRESS_TRAITS, identity)
    if "address" in scopes and address:
        claims["address"] = address
    return claims


def _named(names: Mapping[str, str], identity: Identity) -> dict[str, str]:
    """Return the traits that the identity has, by the names of claims."""
    traits = identity.traits
    return {claim: traits[trait] for claim, trait in names.items() if traits.get(trait)}


def authentication_methods(credential: Credential) -> tuple[str, ...]:
    """Return `amr` of a passkey sign-in with user verification (RFC 8176 §2).

    `swk` for a synced passkey's key, `hwk` for one that cannot leave its device by its own word.
    """
    return ("swk" if credential.backup_eligible else "hwk", "user", "mfa")


def id_token(
    issuer: str, application: Application, login: Login, identity: Identity, now: int
) -> dict[str, Any]:
    """Return an ID token's claims (OpenID Connect Core §2). Without a passkey there is no `acr`:
    what is left of a sign-in by mail has no name that relying parties agree on."""
    claims = {
        "iss": issuer,
        "sub": subject(application, identity),
        "aud": application.client_id,
        "iat": now,
        "exp": now + min(ID_TOKEN_LIFETIME_S, application.expires_after),
        "auth_time": login.auth_time,
        "amr": list(login.amr),
        "sid": login.sid,
    }
    if login.credential_id:
        claims["acr"] = ACR_PHISHING_RESISTANT
    if login.nonce:
        claims["nonce"] = login.nonce
    return claims | identity_claims(identity, login.scope.split(" "))


def access_token(
    issuer: str,
    application: Application,
    *,
    sub: str,
    audience: str | list[str],
    scope: str,
    jti: str,
    now: int,
    lifetime: int,
    custom: Mapping[str, Any],
    jkt: str = "",
) -> dict[str, Any]:
    """Return the claims every access token has (RFC 9068 §2.2), with tenant and realm.

    lifetime: in seconds. jkt: the key that the token is bound to (RFC 9449 §6.1). Without a granted
    scope there is no `scope` claim (§2.2.3), and without claims of the client's own no `custom`.
    """
    content = {
        "iss": issuer,
        "sub": sub,
        "aud": audience,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
        "client_id": application.client_id,
        "tenant_id": application.tenant_id,
        "realm_id": application.realm_id,
    }
    said = {"scope": scope, "custom": dict(custom), "cnf": {"jkt": jkt} if jkt else {}}
    return content | {name: value for name, value in said.items() if value}
