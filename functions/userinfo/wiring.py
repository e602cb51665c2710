"""What the userinfo room is built from."""

from functools import cache

from keybound.oauth.userinfo_endpoint import UserinfoEndpoint

from functions import composition
from functions.client_proofs import dpop_proofs
from functions.token_judges import access_tokens


@cache
def ports() -> UserinfoEndpoint:
    """Return the endpoint, wired once per process."""
    return UserinfoEndpoint(
        configuration=composition.configuration(),
        access_tokens=access_tokens(),
        proofs=dpop_proofs(),
    )
