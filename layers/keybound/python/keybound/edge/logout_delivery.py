"""Posts logout tokens to the applications' own URLs, through the judged way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from keybound.edge.outbound import Limits, Outbound, OutboundError

LIMITS = Limits(time_s=5.0, answer_bytes=16_384)
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}


@dataclass(frozen=True)
class LogoutDelivery:
    """Satisfies `keybound.oauth.ports_logout.Delivery`."""

    outbound: Outbound

    def post(self, url: str, form: Mapping[str, str]) -> int:
        """Return the status, whatever it is; 0 when there was no answer that may be used."""
        body = urlencode(form).encode("ascii")
        try:
            return self.outbound.call(
                "POST", url, body=body, headers=_HEADERS, limits=LIMITS
            ).status
        except OutboundError:
            return 0
