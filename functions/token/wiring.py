"""What the token room is built from."""

from functools import cache

import keybound.signing.data_key_pairs  # noqa: F401 - with the room, not in its first request
from keybound.oauth.access_token_issuer import AccessTokenIssuer
from keybound.oauth.grants.authorization_code import AuthorizationCodeGrant
from keybound.oauth.grants.client_credentials import ClientCredentialsGrant
from keybound.oauth.grants.refresh_token import RefreshTokenGrant
from keybound.oauth.login_tokens import LoginTokens
from keybound.oauth.referential import ReferentialTokens
from keybound.oauth.refresh import RefreshTokens
from keybound.oauth.token_endpoint import TokenEndpoint
from keybound.storage.access_tokens import ReferentialTokenItems
from keybound.storage.logins import Logins, PasskeyOwners
from keybound.storage.refresh_families import RefreshFamilies

from functions import composition
from functions.client_proofs import client_authentication, dpop_proofs


@cache
def ports() -> TokenEndpoint:
    """Return the endpoint, wired once per process."""
    configuration = composition.configuration()
    signer = composition.signer()
    clock, randomness = composition.clock, composition.randomness
    seal = composition.sealer("locator")
    passkeys = PasskeyOwners(composition.directory())
    keeper = ReferentialTokenItems(composition.grants())
    access_tokens = AccessTokenIssuer(
        signer, seal, ReferentialTokens(seal, composition.deriver(), keeper)
    )
    tokens = LoginTokens(configuration, signer, access_tokens, seal)
    refresh_tokens = RefreshTokens(
        seal, composition.deriver(), randomness, composition.settings().token_limits.refresh_s
    )
    return TokenEndpoint(
        clients=client_authentication(),
        grants={
            "authorization_code": AuthorizationCodeGrant(
                codes=Logins(composition.grants()),
                passkeys=passkeys,
                tokens=tokens,
                refresh_tokens=refresh_tokens,
                seal=seal,
                clock=clock,
                randomness=randomness,
            ),
            "refresh_token": RefreshTokenGrant(
                families=RefreshFamilies(composition.grants()),
                passkeys=passkeys,
                tokens=tokens,
                refresh_tokens=refresh_tokens,
                clock=clock,
                randomness=randomness,
            ),
            "client_credentials": ClientCredentialsGrant(
                configuration, access_tokens, clock, randomness
            ),
        },
        proofs=dpop_proofs(),
        auth_base_url=composition.settings().auth_base_url,
    )
