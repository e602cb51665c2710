"""What the authorize room is built from."""

from functools import cache

from keybound.oauth.authorize_endpoint import AuthorizeEndpoint
from keybound.oauth.pushed_requests import PushedRequestOpener
from keybound.oauth.request_token import RequestTokens
from keybound.storage.pushed_requests import PushedRequests

from functions import composition


@cache
def ports() -> AuthorizeEndpoint:
    """Return the endpoint, wired once per process."""
    return AuthorizeEndpoint(
        configuration=composition.configuration(),
        tokens=RequestTokens(composition.authenticator("request"), composition.sealer("request")),
        verifier=composition.verifier(),
        pushed=PushedRequestOpener(
            composition.sealer("request"),
            PushedRequests(composition.grants()),
            composition.clock,
        ),
        clock=composition.clock,
        randomness=composition.randomness,
        auth_base_url=composition.settings().auth_base_url,
    )
