"""What the revoke room is built from."""

from functools import cache

from keybound.oauth.revocation_endpoint import RevocationEndpoint
from keybound.storage.access_tokens import DeniedTokens
from keybound.storage.logout_notices import ManagedEnds
from keybound.storage.refresh_families import RefreshFamilies

from functions import composition
from functions.client_proofs import client_authentication
from functions.token_judges import access_tokens


@cache
def ports() -> RevocationEndpoint:
    """Return the endpoint, wired once per process."""
    return RevocationEndpoint(
        configuration=composition.configuration(),
        clients=client_authentication(),
        access_tokens=access_tokens(),
        logins=RefreshFamilies(composition.grants()),
        told=ManagedEnds(composition.grants(), composition.randomness),
        denier=DeniedTokens(composition.grants(), composition.randomness),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
