"""Discovery: what an issuer can do, no more (RFC 8414 §2, OpenID Connect Discovery §3)."""

from typing import Any

from keybound.domain.application import (
    AUTHORIZATION_CODE,
    CLIENT_ALGORITHMS,
    ES256,
    PRIVATE_KEY_JWT,
    RS256,
    Application,
)
from keybound.oauth.scopes import PERSONAL_SCOPES, scopes_of

CLAIMS = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "amr",
    "acr",
    "sid",
    "name",
    "preferred_username",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "locale",
    "zoneinfo",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
    "groups",
]


def metadata(issuer: str, application: Application) -> dict[str, Any]:
    """Return the issuer's metadata; members that would be empty are left out (RFC 8414 §3.2).

    An application that signs nobody in has no authorization endpoint to announce (§2).
    """
    signs_in = AUTHORIZATION_CODE in application.grant_types
    members: dict[str, Any] = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": _scopes(application, signs_in),
        "grant_types_supported": list(application.grant_types),
        **_authenticated("token_endpoint", application),
        "dpop_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
    }
    members |= {} if application.is_public else _introspection_members(issuer, application)
    members |= _sign_in_members(issuer, application) if signs_in else {}
    members |= _pushed_members(issuer, application) if signs_in else {}
    return {name: value for name, value in members.items() if value != []}


def _introspection_members(issuer: str, application: Application) -> dict[str, Any]:
    return {
        "introspection_endpoint": f"{issuer}/introspect",
        **_authenticated("introspection_endpoint", application),
    }


def _sign_in_members(issuer: str, application: Application) -> dict[str, Any]:
    signs = application.token_signing_algorithm
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "revocation_endpoint": f"{issuer}/revoke",
        **_authenticated("revocation_endpoint", application),
        "end_session_endpoint": f"{issuer}/end_session",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ES256, RS256] if signs == ES256 else [RS256],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["phr"],
        "claim_types_supported": ["normal"],
        "claims_supported": CLAIMS + (["roles"] if application.resource_server_id else []),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }


def _pushed_members(issuer: str, application: Application) -> dict[str, Any]:
    """RFC 9126 §5. Public clients cannot push, so nothing is said to them."""
    if application.is_public:
        return {}
    required = application.require_pushed_authorization_requests
    return {
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": required,
    }


def _scopes(application: Application, signs_in: bool) -> list[str]:
    if signs_in:
        return list(scopes_of(application))
    return [scope for scope in application.allowed_scopes if scope not in PERSONAL_SCOPES]


def _authenticated(endpoint: str, application: Application) -> dict[str, Any]:
    """How this client authenticates at an endpoint; algorithms only where it signs (§2)."""
    members = {f"{endpoint}_auth_methods_supported": _auth_methods(application)}
    if application.signs_assertions:
        members[f"{endpoint}_auth_signing_alg_values_supported"] = list(CLIENT_ALGORITHMS)
    return members


def _auth_methods(application: Application) -> list[str]:
    if application.signs_assertions:
        return [PRIVATE_KEY_JWT]
    if application.is_public:
        return ["none"]
    return ["client_secret_basic", "client_secret_post"]
