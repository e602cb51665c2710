"""Builds, once per process, what judges access tokens: an issuer's, or the management API's."""

from functools import cache

from keybound.edge import aws
from keybound.edge.api_auth import ManagementAuth
from keybound.oauth.access_tokens import AccessTokens
from keybound.storage.access_tokens import DeniedTokens, TokenStateReader
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities

from functions.composition import (
    clock,
    configuration,
    directory,
    grants,
    randomness,
    sealer,
    settings,
    verifier,
)


@cache
def access_tokens() -> AccessTokens:
    """Return what reads access tokens back, of both formats."""
    states = TokenStateReader(aws.dynamodb, directory(), grants())
    return AccessTokens(verifier(), sealer("locator"), states, clock, settings().auth_base_url)


@cache
def management_auth() -> ManagementAuth:
    """Return what admits callers of the management API."""
    return ManagementAuth(
        verifier(),
        configuration(),
        Identities(directory(), Contention(randomness)),
        DeniedTokens(grants(), randomness),
        clock,
        settings().auth_base_url,
        settings().api_base_url,
    )
