"""What the revoke room is built from."""

from functools import cache

from keybound.oauth.revocation_endpoint import RevocationEndpoint
from keybound.storage.refresh_families import RefreshFamilies

from functions import composition


@cache
def ports() -> RevocationEndpoint:
    """Return the endpoint, wired once per process."""
    return RevocationEndpoint(
        clients=composition.client_authentication(),
        verifier=composition.verifier(),
        logins=RefreshFamilies(composition.grants()),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
