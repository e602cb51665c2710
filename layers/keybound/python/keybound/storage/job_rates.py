"""How many links an identity was given in a minute: a counter that the transaction which makes a
link, or a new one, raises on condition that it is below the limit. It costs no call of its own, and
what does not happen is not counted.
"""

from typing import Any

from keybound.domain.binding_job import MAX_LINKS_A_MINUTE, BindingJob
from keybound.domain.errors import TooManyRequests
from keybound.storage import keys
from keybound.storage.table import Table

MINUTE_S = 60
_KEPT_S = 2 * MINUTE_S


class JobRates:
    """Counters in the Grants, one for an identity and a minute of the clock."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def write(self, job: BindingJob, now: int) -> dict[str, Any]:
        """Return the write that counts one link of this job's identity; it fails at the limit."""
        return self._table.update_write(
            keys.link_count(job.tenant_id, job.realm_id, job.identity_id, now // MINUTE_S),
            "SET #ttl = :ttl ADD links :one",
            "attribute_not_exists(links) OR links < :limit",
            names={"#ttl": "ttl"},
            values={":one": 1, ":limit": MAX_LINKS_A_MINUTE, ":ttl": now + _KEPT_S},
        )


def too_many(now: int) -> TooManyRequests:
    """Return the error for a link above the limit, ready to raise."""
    return TooManyRequests(
        "too many links for this identity in this minute", retry_after_s=MINUTE_S - now % MINUTE_S
    )
