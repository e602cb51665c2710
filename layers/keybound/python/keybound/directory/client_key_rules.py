"""How an application proves that it is itself, judged as it would be stored.

Sources: RFC 7591 §2 (`jwks` and `jwks_uri` never together), OpenID Connect Core §9, RFC 8725 §3.5.
The keys of `jwks` themselves are judged where the body is read.
"""

from collections.abc import Iterator

from keybound.directory import redirect_uris
from keybound.domain import application as a
from keybound.domain.application import Application
from keybound.domain.errors import FieldViolation

PROTOCOL = "application.protocol_config"
METHODS = (a.CLIENT_SECRET_BASIC, "client_secret_post", "none", a.PRIVATE_KEY_JWT)


def check_client_keys(application: Application) -> Iterator[FieldViolation]:
    """Yield every refused member."""
    has_set, uri = application.jwks is not None, application.jwks_uri
    if not application.signs_assertions:
        for name, given in (("jwks", has_set), ("jwks_uri", bool(uri))):
            if given:
                yield _refused(name, f"is for token_endpoint_auth_method {a.PRIVATE_KEY_JWT} only")
        return
    if application.is_public:
        yield _refused("token_endpoint_auth_method", "public clients have no keys to sign with")
    if has_set and uri:
        yield _refused("jwks_uri", "send jwks or jwks_uri, not both")
    if not has_set and not uri:
        yield _refused("jwks", f"missing: {a.PRIVATE_KEY_JWT} needs jwks or jwks_uri")
    if uri and (reason := _uri_refusal(uri)):
        yield _refused("jwks_uri", reason)


def _uri_refusal(uri: str) -> str:
    """The form only; the host's addresses are judged at every fetch."""
    if not uri.startswith("https://"):
        return "must use https"
    return redirect_uris.refusal(uri, is_public=False)


def _refused(member: str, description: str) -> FieldViolation:
    return FieldViolation(f"{PROTOCOL}.{member}", description)
