"""What the introspect room is built from."""

from functools import cache

from keybound.edge import aws
from keybound.oauth.introspection_endpoint import IntrospectionEndpoint
from keybound.storage.logins import LiveLogins

from functions import composition
from functions.client_proofs import client_authentication
from functions.token_judges import access_tokens


@cache
def ports() -> IntrospectionEndpoint:
    """Return the endpoint, wired once per process."""
    return IntrospectionEndpoint(
        configuration=composition.configuration(),
        clients=client_authentication(),
        access_tokens=access_tokens(),
        logins=LiveLogins(aws.dynamodb, composition.directory(), composition.grants()),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
