"""What a mailed code is good for beside signing in: one link, for an identity without a passkey.

The token comes from the page that redeemed the code. It is exchanged here, so that the link is made
when the person asks for it and no longer than a moment before it is used.
"""

from examples.relying_party.failures import ServiceUnreachable
from examples.relying_party.service_answers import bearer, object_in, text_in

TIMEOUT_S = 10


class TokenSpent(Exception):
    """It was used before, has expired, or its sign-in was ended."""


class HasPasskey(Exception):
    """The identity has a passkey by now: another one takes more than a code."""


def exchange(issuer: str, token: str) -> str:
    """Return the binding link that the token makes, once.

    Raises TokenSpent, HasPasskey, ServiceUnreachable, ServiceRefused.
    """
    import requests  # here, so that the first page does not wait for it

    try:
        answer = requests.post(
            f"{issuer}/credential-binding-jobs",
            auth=bearer(token),
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise ServiceUnreachable from error
    if answer.status_code == 401:
        raise TokenSpent
    if answer.status_code == 403:
        raise HasPasskey
    return text_in(object_in(answer), "credential_binding_link")
