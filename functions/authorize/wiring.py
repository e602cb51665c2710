"""What the authorize room is built from."""

from functools import cache

from keybound.oauth.authorize_endpoint import AuthorizeEndpoint
from keybound.oauth.request_token import RequestTokens

from functions import composition


@cache
def ports() -> AuthorizeEndpoint:
    """Return the endpoint, wired once per process."""
    return AuthorizeEndpoint(
        configuration=composition.configuration(),
        tokens=RequestTokens(composition.authenticator("request"), composition.sealer("request")),
        verifier=composition.verifier(),
        clock=composition.clock,
        randomness=composition.randomness,
        auth_base_url=composition.settings().auth_base_url,
    )
