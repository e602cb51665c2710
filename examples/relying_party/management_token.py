"""The access token for the management API (RFC 6749 §4.4), kept until shortly before it ends."""

import threading
from collections.abc import Callable

from examples.relying_party.failures import ServiceUnreachable

SCOPES = " ".join(
    (
        "identities:create",
        "credential-binding-jobs:create",
        "credential-binding-jobs:revoke",
        "credentials:read",
    )
)
#: Asked for anew this long before the end, so that no call carries a token about to expire.
MARGIN_S = 60
TIMEOUT_S = 10


class ManagementToken:
    """Gets a token with the client's own secret, once for all threads."""

    def __init__(
        self, endpoint: str, client_id: str, client_secret: str, clock: Callable[[], float]
    ) -> None:
        self._endpoint = endpoint
        self._client = (client_id, client_secret)
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def get(self) -> str:
        """Return a usable token. Raises ServiceUnreachable."""
        with self._lock:
            if self._clock() >= self._good_until:
                self._token, lifetime_s = self._request()
                self._good_until = self._clock() + lifetime_s - MARGIN_S
            return self._token

    def forget(self) -> None:
        with self._lock:
            self._good_until = 0.0

    def _request(self) -> tuple[str, float]:
        import requests  # here, so that the first page does not wait for it

        try:
            answer = requests.post(
                self._endpoint,
                data={"grant_type": "client_credentials", "scope": SCOPES},
                auth=self._client,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
            answer.raise_for_status()
            body = answer.json()
            return str(body["access_token"]), float(body.get("expires_in", 0))
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise ServiceUnreachable from error
