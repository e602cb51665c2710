"""Batches: binding jobs by mail for many identities, made one after the other.

POST  …/realms/{realm_id}/batch-credential-binding-jobs
GET   …/batch-credential-binding-jobs/{batch_id}, {batch_id}:listResults
Proof: management token with `credential-binding-jobs:create` or `:read`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from keybound.binding.batches import KIND, create_batch, get_batch
from keybound.binding.jobs import as_of
from keybound.domain.binding_batch import FAILED, PENDING, SUCCESS, BatchProgress, BatchResult
from keybound.domain.binding_job import BY_SCOPE, BindingJob
from keybound.domain.clock import rfc3339
from keybound.domain.ids import JobId
from keybound.domain.management_scopes import ADD_AUTHENTICATORS
from keybound.domain.tenancy import RealmPath
from keybound.edge.action_route import action_route
from keybound.edge.binding_job_resource import job_content
from keybound.edge.errors import management_error
from keybound.edge.http import Request, Response
from keybound.edge.management import read_wrapped, resource
from keybound.edge.paging import LONG_LIST, list_scope
from keybound.edge.realm_resource import RealmResource
from keybound.edge.room import Route, run
from keybound.edge.short_lists import page_of

from functions.batch_credential_binding_jobs import wiring
from functions.batch_credential_binding_jobs.body import BatchBody

_BATCHES = RealmResource(KIND, "credential-binding-jobs", "batch_action", has_verbs=True)


def create(request: Request) -> Response:
    ports = wiring.ports()
    at = _BATCHES.collection(ports.auth, request, "create")
    body = read_wrapped(request, "batch_credential_binding_job", BatchBody)
    # Whoever may add passkeys to those that are there says so now: nobody is asked later.
    new = body.new_batch(BY_SCOPE if ADD_AUTHENTICATORS in at.caller.scopes else "")
    return ports.once.answer(
        request,
        at.caller,
        lambda receipt: create_batch(ports.flows, at.where, new, receipt),
        lambda made: resource(_content(made)),
    )


def read(request: Request) -> Response:
    progress, _ = _found(request)
    return resource(_content(progress))


def list_results(request: Request) -> Response:
    ports, (progress, path) = wiring.ports(), _found(request)
    shown, token = page_of(
        request,
        progress.results,
        list_scope(request, "job_results"),
        limits=LONG_LIST,
        sealer=ports.page_sealer,
        now=ports.flows.clock(),
    )
    jobs = _jobs(path, shown)
    more = {"next_page_token": token} if token else {}
    return resource(
        {
            "job_results": [_result(each, jobs.get(each.job_id)) for each in shown],
            "total_success_count": progress.count(SUCCESS),
            "total_failure_count": progress.count(FAILED),
            "total_pending_count": progress.count(PENDING),
            "total_size": len(progress.results),
            **more,
        }
    )


def _found(request: Request) -> tuple[BatchProgress, RealmPath]:
    ports = wiring.ports()
    at = _BATCHES.member(ports.auth, request, "read")
    return get_batch(ports.flows, at.where, at.id), at.where


def _jobs(path: RealmPath, results: Sequence[BatchResult]) -> dict[JobId | None, BindingJob]:
    """Return the jobs that there are still, as they are now."""
    ports = wiring.ports()
    named = [(each.identity_id, each.job_id) for each in results if each.job_id is not None]
    found = ports.jobs.find_many(path, named)
    return {job.id: as_of(job, ports.flows.clock()) for job in found if job is not None}


def _content(progress: BatchProgress) -> dict[str, Any]:
    batch = progress.batch
    uri = batch.post_binding_redirect_uri
    errors = {each.identity_id: _error(each) for each in progress.results if each.last_error}
    return {
        "id": batch.id,
        "realm_id": batch.realm_id,
        "tenant_id": batch.tenant_id,
        "identity_ids": list(batch.identity_ids),
        "job_template": {
            "authenticator_config_id": batch.authenticator_config_id,
            **({"post_binding_redirect_uri": uri} if uri else {}),
        },
        "state": progress.state,
        "state_commentary": {"errors": errors},
        "expire_time": rfc3339(batch.expires_at),
        "create_time": rfc3339(batch.create_time),
        "update_time": rfc3339(progress.update_time),
    }


def _result(result: BatchResult, job: BindingJob | None) -> dict[str, Any]:
    content: dict[str, Any] = {"identity_id": result.identity_id, "state": result.state}
    if result.job_id is not None:
        content["credential_binding_job_id"] = result.job_id
    if job is not None:
        content["credential_binding_job"] = job_content(job)
    return {**content, **(_error(result) if result.last_error else {})}


def _error(result: BatchResult) -> dict[str, Any]:
    return {"last_error": result.last_error, "failed_permanently": result.ended}


_COLLECTION = "/v1/tenants/{tenant_id}/realms/{realm_id}/batch-credential-binding-jobs"

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"POST": create}, management_error),
    _COLLECTION + "/{batch_action}": action_route(
        "batch_action",
        {"": {"GET": read}, "listResults": {"GET": list_results}},
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="batch_credential_binding_jobs")
