"""Reads JWK Sets from the URLs that clients publish them under (OpenID Connect Core §10.1)."""

from collections.abc import Callable

from keybound.edge.outbound import Limits, Outbound, OutboundError

LIMITS = Limits(time_s=3.0, answer_bytes=65_536)


def fetch_with(outbound: Outbound) -> Callable[[str], bytes]:
    """Return what fetches a JWK Set: only a 200 counts, a redirect is not followed."""

    wanted = {"Accept": "application/json"}

    def fetch(url: str) -> bytes:
        """Raises ValueError when there is no answer that may be used."""
        try:
            answer = outbound.call("GET", url, headers=wanted, limits=LIMITS)
        except OutboundError as error:
            raise ValueError(str(error)) from error
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        return answer.body

    return fetch
