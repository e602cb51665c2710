"""Builds, once per process, what judges how clients prove who they are, and which key they hold."""

from functools import cache

from keybound.edge.published_keys import fetch_for
from keybound.oauth.client_assertion import ClientAssertions
from keybound.oauth.client_form import ClientAuthentication
from keybound.oauth.dpop import DpopProofs
from keybound.signing.client_keys import KnownClientKeys
from keybound.signing.foreign_jws import ForeignJws
from keybound.storage.used_ids import UsedIds

from functions.composition import clock, configuration, grants, randomness, sealer, settings


@cache
def client_authentication() -> ClientAuthentication:
    """Return what says which client a form comes from; the room's role must let it write Grants."""
    known, base = configuration(), settings().auth_base_url
    keys = KnownClientKeys(fetch_for(base), clock)
    signed = ClientAssertions(keys, ForeignJws(), _used_ids(), clock)
    return ClientAuthentication(known, known, signed, clock, base)


@cache
def dpop_proofs() -> DpopProofs:
    """Return what judges DPoP proofs; the room writes Grants and unwraps `locator`."""
    scope = settings().auth_base_url
    return DpopProofs(ForeignJws(), _used_ids(), sealer("locator"), clock, scope)


def _used_ids() -> UsedIds:
    return UsedIds(grants(), randomness)
