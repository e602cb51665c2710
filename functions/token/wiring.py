"""What the token room is built from."""

from functools import cache

import keybound.signing.data_key_pairs  # noqa: F401 - with the room, not in its first request
from keybound.oauth.grants.authorization_code import AuthorizationCodeGrant
from keybound.oauth.grants.client_credentials import ClientCredentialsGrant
from keybound.oauth.token_endpoint import TokenEndpoint
from keybound.storage.logins import Logins, PasskeyOwners

from functions import composition


@cache
def ports() -> TokenEndpoint:
    """Return the endpoint, wired once per process."""
    configuration = composition.configuration()
    signer = composition.signer()
    clock, randomness = composition.clock, composition.randomness
    return TokenEndpoint(
        configuration=configuration,
        grants={
            "authorization_code": AuthorizationCodeGrant(
                configuration=configuration,
                codes=Logins(composition.grants()),
                passkeys=PasskeyOwners(composition.directory()),
                signer=signer,
                seal=composition.sealer("locator"),
                clock=clock,
                randomness=randomness,
            ),
            "client_credentials": ClientCredentialsGrant(configuration, signer, clock, randomness),
        },
        auth_base_url=composition.settings().auth_base_url,
    )
