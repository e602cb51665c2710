"""Builds what judges access tokens: shown to an issuer, or to the management API."""

from keybound.edge import aws
from keybound.edge.api_auth import ManagementAuth
from keybound.oauth.access_tokens import AccessTokens
from keybound.storage.access_tokens import DeniedTokens, TokenStateReader
from keybound.storage.contention import Contention
from keybound.storage.identities import Identities

from functions import composition


def new_access_tokens() -> AccessTokens:
    """Return what reads access tokens back; `composition.access_tokens` keeps it."""
    states = TokenStateReader(aws.dynamodb, composition.directory(), composition.grants())
    seal, base = composition.sealer("locator"), composition.settings().auth_base_url
    return AccessTokens(composition.verifier(), seal, states, composition.clock, base)


def new_management_auth() -> ManagementAuth:
    """Return what admits callers of the management API; `composition.management_auth` keeps it."""
    known, randomness = composition.settings(), composition.randomness
    return ManagementAuth(
        composition.verifier(),
        composition.configuration(),
        Identities(composition.directory(), Contention(randomness)),
        DeniedTokens(composition.grants(), randomness),
        composition.clock,
        known.auth_base_url,
        known.api_base_url,
    )
