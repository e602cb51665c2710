"""What every endpoint for clients does first: read the form, authenticate the client."""

from collections.abc import Mapping, Sequence

from keybound.domain.errors import NotFound
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.oauth.client_auth import Client, authenticate_client, read_client_credentials
from keybound.oauth.errors import InvalidRequest
from keybound.oauth.ports import Configuration


def single_values(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """No parameter may come twice; an empty value counts as omitted (RFC 6749 §3.2)."""
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise InvalidRequest("a parameter was sent more than once")
        form[name] = value
    return {name: value for name, value in form.items() if value}


def client_of_issuer(
    configuration: Configuration,
    t: TenantId,
    r: RealmId,
    a: ApplicationId,
    form: Mapping[str, str],
    authorization: str,
    now: int,
) -> Client:
    """Return the issuer's own client, authenticated.

    Raises InvalidRequest, InvalidClient, NotFound, Unavailable.
    """
    shown = read_client_credentials(authorization, form)
    found = configuration.find_application(t, r, a)
    if found is None:
        raise NotFound("Application", a)
    return authenticate_client(found, shown, now)


def token_of(form: Mapping[str, str]) -> str:
    """Return the `token` of a revocation or introspection request. Raises InvalidRequest.

    `token_type_hint` is not looked at: a token shows by its form what it is, and a wrong hint
    must not hide it (RFC 7009 §2.1, RFC 7662 §2.1).
    """
    token = form.get("token", "")
    if not token:
        raise InvalidRequest("the token is missing")
    return token
