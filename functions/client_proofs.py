"""Builds what judges how clients prove who they are, and which key they hold."""

from keybound.edge.published_keys import fetch_for
from keybound.oauth.client_assertion import ClientAssertions
from keybound.oauth.client_form import ClientAuthentication
from keybound.oauth.dpop import DpopProofs
from keybound.signing.client_keys import KnownClientKeys
from keybound.signing.foreign_jws import ForeignJws
from keybound.storage.used_ids import UsedIds

from functions import composition


def new_client_authentication() -> ClientAuthentication:
    """Return what says which client a form comes from; `composition` keeps it."""
    known, base, clock = (
        composition.configuration(),
        composition.settings().auth_base_url,
        composition.clock,
    )
    keys = KnownClientKeys(fetch_for(base), clock)
    signed = ClientAssertions(keys, ForeignJws(), _used_ids(), clock)
    return ClientAuthentication(known, known, signed, clock, base)


def new_dpop_proofs() -> DpopProofs:
    """Return what judges DPoP proofs; `composition` keeps it."""
    seal, scope = composition.sealer("locator"), composition.settings().auth_base_url
    return DpopProofs(ForeignJws(), _used_ids(), seal, composition.clock, scope)


def _used_ids() -> UsedIds:
    return UsedIds(composition.grants(), composition.randomness)
