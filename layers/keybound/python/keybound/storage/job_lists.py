"""Lists of binding jobs, as they are at one moment: of a realm, or of one identity."""

from collections.abc import Mapping
from dataclasses import dataclass

from keybound.binding.jobs import as_of
from keybound.domain.binding_job import BindingJob
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import decode
from keybound.storage.job_filters import SERVED, matches, part_of
from keybound.storage.own_lists import own_list
from keybound.storage.realm_counts import JOBS, total
from keybound.storage.realm_lists import Start, indexed_list, realm_list
from keybound.storage.table import Table


@dataclass(frozen=True)
class JobList:
    """Satisfies `keybound.edge.filtered_pages.FilteredList`. Past its time a job is EXPIRED,
    whatever is stored. owner: whose jobs; None for a whole realm. now: epoch seconds."""

    table: Table
    now: int
    owner: IdentityId | None = None
    served = SERVED

    def matching(
        self,
        path: RealmPath,
        wanted: Mapping[str, str],
        *,
        size: int,
        skip: int,
        start: Start | None,
    ) -> tuple[list[BindingJob], dict[str, str] | None]:
        """Return a page of the jobs that have every value of `wanted`, or of all."""
        if wanted:
            part = part_of(path, wanted, self.owner)
            found, more = indexed_list(
                self.table, BindingJob, part, size=size, skip=skip, start=start
            )
        elif self.owner is None:
            found, more = realm_list(
                self.table, BindingJob, path, JOBS, size=size, skip=skip, start=start
            )
        else:
            found, more = self._own(path, self.owner, size, skip, start)
        present = [as_of(job, self.now) for job in found]
        return [job for job in present if matches(job, wanted)], more

    def total(self, path: RealmPath) -> int | None:
        """Nobody counts the jobs of one identity."""
        return total(self.table, path, JOBS) if self.owner is None else None

    def _own(
        self, path: RealmPath, owner: IdentityId, size: int, skip: int, start: Start | None
    ) -> tuple[list[BindingJob], dict[str, str] | None]:
        items, more = own_list(
            self.table, path, owner, keys.JOB_PREFIX, size=size, skip=skip, start=start
        )
        return [decode(BindingJob, item) for item in items], more
