"""Makes the jobs of batches, one identity at a time, each by the flow of a single job by mail
(docs/adr/0060-a-batchs-result-ends-with-its-job.md).

An identity's result ends in the transaction that stores its job, so whatever happens to the process
or to a second run beside it, an identity has one job of a batch, and that job's mail is in the
outbox. What may pass later is tried again, some times; anything else ends the result at once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from keybound.binding.adding import AddingProof
from keybound.binding.jobs import JobPorts, NewJob
from keybound.binding.mailing import Mailed, MailPorts, create_email_job
from keybound.binding.ports_batches import BatchQueue, Owners, QueuedBatch
from keybound.binding.sweeping import delay
from keybound.domain.binding_batch import MAX_TRIES, BatchResult, BindingBatch
from keybound.domain.errors import NotFound, PlatformError, TooManyRequests, Unavailable
from keybound.domain.receipt import Writes
from keybound.domain.tenancy import RealmPath

TURN = 50
"""How many identities of a batch are looked at before the next batch has its turn."""
LEASE_S = 180
"""For how long a batch is taken: longer than a run may last."""
HELD_OFF_S = 60


@dataclass(frozen=True)
class WorkPorts:
    """What the work needs."""

    queue: BatchQueue
    identities: Owners
    flows: JobPorts
    mail: MailPorts


@dataclass(frozen=True)
class Worked:
    """What one run did. made, failed: results ended. delayed: to be tried again. passed_over: ended
    by another run. held_off: batches left because storage failed. finished: whether every batch
    that was due was looked at."""

    made: int
    failed: int
    delayed: int
    passed_over: int
    held_off: int
    finished: bool


def work_off(ports: WorkPorts, has_time: Callable[[], bool]) -> Worked:
    """Take turns at the batches that are due, longest waiting first, until none is or time is over.
    Safe to run twice at once."""
    counts, left = Counter[str](), set[QueuedBatch]()
    while has_time():
        now = ports.flows.clock()
        due = [place for place in ports.queue.waiting() if place.due <= now and place not in left]
        if not due:
            return _worked(counts, finished=True)
        for place in sorted(due, key=lambda each: each.due):
            if not has_time():
                break
            if not _turn(ports, place, has_time, counts):
                left.add(place)
    return _worked(counts, finished=False)


def _worked(counts: Counter[str], *, finished: bool) -> Worked:
    return Worked(
        counts["made"],
        counts["failed"],
        counts["delayed"],
        counts["passed_over"],
        counts["held_off"],
        finished,
    )


def _turn(
    ports: WorkPorts, place: QueuedBatch, has_time: Callable[[], bool], counts: Counter[str]
) -> bool:
    """Take the batch, do some of it and give it back; False if it is not to be looked at again."""
    now = ports.flows.clock()
    try:
        taken = ports.queue.claim(place, now + LEASE_S)
        if taken is None:
            return False
        try:
            due = _some_of(ports, taken, has_time, counts)
        except Unavailable:
            counts["held_off"] += 1
            ports.queue.give_back(taken, now + HELD_OFF_S)
            return False
        if due is None:
            ports.queue.remove(taken)
        else:
            ports.queue.give_back(taken, due)
    except Unavailable:
        counts["held_off"] += 1  # it is free again when the lease is over
        return False
    return True


def _some_of(
    ports: WorkPorts, taken: QueuedBatch, has_time: Callable[[], bool], counts: Counter[str]
) -> int | None:
    """Return when the batch is due again, None when it is done. Raises Unavailable."""
    now = ports.flows.clock()
    progress = ports.queue.find(taken.path, taken.batch_id, now)
    if progress is None:
        return None
    waiting = {result.id: result for result in progress.pending}
    for before in [result for result in progress.pending if result.due <= now][:TURN]:
        if not has_time():
            break
        after, outcome = _one(ports, progress.batch, before)
        counts[outcome] += 1
        waiting[before.id] = after
    dues = [result.due for result in waiting.values() if not result.ended]
    return max(now, min(dues)) if dues else None


def _one(ports: WorkPorts, batch: BindingBatch, before: BatchResult) -> tuple[BatchResult, str]:
    """Try one identity, and return its result and what that is called. Raises Unavailable."""
    now = ports.flows.clock()
    tried = replace(before, tries=before.tries + 1, due=0, update_time=now)
    try:
        _make(ports, batch, tried)
    except PlatformError as error:
        tried = replace(tried, last_error=error.description)
        if _may_pass(error) and tried.tries < MAX_TRIES:
            tried = replace(tried, due=now + _wait_s(error, before.tries))
            stored, called = ports.queue.note(batch, tried), "delayed"
        else:
            tried = replace(tried, ended=True)
            stored, called = ports.queue.end(batch, tried), "failed"
        return (tried, called) if stored else (replace(tried, ended=True), "passed_over")
    return replace(tried, ended=True), "made"


def _make(ports: WorkPorts, batch: BindingBatch, tried: BatchResult) -> None:
    identity = ports.identities.find(RealmPath(batch.tenant_id, batch.realm_id), tried.identity_id)
    if identity is None:
        raise NotFound("Identity", tried.identity_id)
    new = NewJob(
        batch.authenticator_config_id,
        batch.post_binding_redirect_uri,
        proof=AddingProof(batch.adding_proof),
        batch_id=batch.id,
    )

    def ending(mailed: Mailed) -> Writes:
        result = replace(tried, ended=True, job_id=mailed.job.id, last_error="")
        return ports.queue.ending(batch, result)

    create_email_job(ports.flows, ports.mail, identity, new, ending)


def _may_pass(error: PlatformError) -> bool:
    return isinstance(error, TooManyRequests | Unavailable)


def _wait_s(error: PlatformError, tries: int) -> int:
    return error.retry_after_s if isinstance(error, TooManyRequests) else delay(tries)
