"""What the par room is built from."""

from functools import cache

from keybound.oauth.pushed_request_endpoint import PushedRequestEndpoint
from keybound.oauth.pushed_requests import PushedRequestMaker
from keybound.storage.pushed_requests import PushedRequests

from functions import composition
from functions.client_proofs import client_authentication, dpop_proofs


@cache
def ports() -> PushedRequestEndpoint:
    """Return the endpoint, wired once per process."""
    return PushedRequestEndpoint(
        clients=client_authentication(),
        verifier=composition.verifier(),
        requests=PushedRequestMaker(
            composition.sealer("request"), composition.clock, composition.randomness
        ),
        store=PushedRequests(composition.grants()),
        proofs=dpop_proofs(),
        auth_base_url=composition.settings().auth_base_url,
    )
