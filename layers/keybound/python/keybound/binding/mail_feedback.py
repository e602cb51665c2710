"""What becomes of a mail after the mail service took it: a bounce or a complaint ends its job.

Events come late, twice and in any order. They name the job and which of its links they are about;
an event about a link that was replaced, or a job that has ended, changes nothing.
"""

from dataclasses import dataclass
from typing import Protocol

from keybound.domain.binding_job import BindingJob
from keybound.domain.clock import Clock
from keybound.domain.ids import IdentityId, JobId
from keybound.domain.tenancy import RealmPath


@dataclass(frozen=True)
class MailedLink:
    """Which mail an event is about."""

    path: RealmPath
    identity_id: IdentityId
    job_id: JobId
    token_version: int


class MailedJobs(Protocol):
    """Jobs whose links were mailed."""

    def find_job(
        self, path: RealmPath, identity_id: IdentityId, job_id: JobId
    ) -> BindingJob | None: ...

    def failed(self, job: BindingJob, reason: str, now: int) -> BindingJob:
        """End an open job as FAILED_TO_SEND; one that has ended, or whose link was replaced, is
        left as it is."""


def mail_failed(jobs: MailedJobs, link: MailedLink, reason: str, clock: Clock) -> bool:
    """End the job of a mail that did not arrive, or was complained about; False when there is
    nothing to end."""
    job = jobs.find_job(link.path, link.identity_id, link.job_id)
    if job is None or job.token_version != link.token_version or not job.recipient:
        return False
    now = clock()
    if not job.is_open(now):
        return False
    return jobs.failed(job, reason, now).failure_reason == reason
