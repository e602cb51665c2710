"""What the userinfo room is built from."""

from functools import cache

from keybound.edge import aws
from keybound.oauth.userinfo_endpoint import UserinfoEndpoint
from keybound.storage.logins import LiveLogins

from functions import composition


@cache
def ports() -> UserinfoEndpoint:
    """Return the endpoint, wired once per process."""
    return UserinfoEndpoint(
        configuration=composition.configuration(),
        verifier=composition.verifier(),
        logins=LiveLogins(aws.dynamodb, composition.directory(), composition.grants()),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
        proofs=composition.dpop_proofs(),
    )
