"""What an update adds to a binding job that it ends: when the job may go, in the index `by_end`.

A job that is ended leaves the partitions of open jobs and enters those of ended ones in the same
write, so an ended job is never without an entry. `:resend`, which reopens one that could not be
mailed, moves it back.
"""

from typing import Any

from keybound.domain.binding_job import ENDED_KEPT_S
from keybound.domain.ids import JobId
from keybound.storage import keys

KEEP = "epk = :kept, esk = :kept_until"


def keep_values(job_id: JobId, ended_at: int) -> dict[str, Any]:
    """Return the values of `KEEP`."""
    return {
        ":kept": keys.kept_partition(keys.end_shard(job_id)),
        ":kept_until": keys.end_sort(ended_at + ENDED_KEPT_S, job_id),
    }
