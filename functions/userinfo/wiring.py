"""What the userinfo room is built from."""

from functools import cache

from keybound.oauth.userinfo_endpoint import UserinfoEndpoint

from functions import composition


@cache
def ports() -> UserinfoEndpoint:
    """Return the endpoint, wired once per process."""
    return UserinfoEndpoint(
        configuration=composition.configuration(),
        access_tokens=composition.access_tokens(),
        proofs=composition.dpop_proofs(),
    )
