"""Reads JWK Sets from the URLs that clients publish them under (OpenID Connect Core §10.1)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keybound.edge.outbound import Outbound

LONGEST_S = 3.0
MOST_BYTES = 65_536


def fetch_for(auth_base_url: str) -> Callable[[str], bytes]:
    """Return what fetches a JWK Set for a deployment, in and out through its guarded door."""

    def fetch(url: str) -> bytes:
        # Imported with the first fetch, because few clients publish their keys under a URL.
        from keybound.edge.outbound import for_deployment

        return fetch_with(for_deployment(auth_base_url))(url)

    return fetch


def fetch_with(outbound: "Outbound") -> Callable[[str], bytes]:
    """Return what fetches a JWK Set: only a 200 counts, a redirect is not followed."""
    from keybound.edge.outbound import Limits, OutboundError

    wanted, limits = {"Accept": "application/json"}, Limits(LONGEST_S, MOST_BYTES)

    def fetch(url: str) -> bytes:
        """Raises ValueError when there is no answer that may be used."""
        try:
            answer = outbound.call("GET", url, headers=wanted, limits=limits)
        except OutboundError as error:
            raise ValueError(str(error)) from error
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        return answer.body

    return fetch
