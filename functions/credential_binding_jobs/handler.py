"""Credential binding jobs of an identity; with `-` a list covers a whole realm.

GET, POST  …/realms/{realm_id}/identities/{identity_id}/credential-binding-jobs
GET        …/credential-binding-jobs/{job_id}
POST       …/credential-binding-jobs/{job_id}:revoke, :resend
Proof: management token with `credential-binding-jobs:create`, `:read` or `:revoke`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keybound.binding.jobs import (
    NewJob,
    create_return_job,
    get_job,
    not_found,
    revoke_job,
    token_derivation,
)
from keybound.binding.mailing import Mailed, create_email_job
from keybound.binding.resending import resend_job
from keybound.domain.binding_job import EMAIL, BindingJob
from keybound.domain.errors import NotFound
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, is_hex_id
from keybound.domain.mail import Delivery
from keybound.domain.tenancy import RealmPath
from keybound.edge.action_route import action_route, split_action
from keybound.edge.api_auth import Caller
from keybound.edge.binding_job_resource import job_content
from keybound.edge.errors import management_error
from keybound.edge.filtered_pages import answer_filtered_page
from keybound.edge.http import Request, Response
from keybound.edge.management import read_wrapped, realm_path, resource
from keybound.edge.room import Route, run

from functions.credential_binding_jobs import wiring
from functions.credential_binding_jobs.body import JobBody
from functions.credential_binding_jobs.proof import proof_of

EVERY_IDENTITY = "-"


def create(request: Request) -> Response:
    with wiring.ports().auth.challenges(request):
        return _create(request)


def _create(request: Request) -> Response:
    (owner, caller), ports = _owner_path(request, "credential-binding-jobs:create"), wiring.ports()
    body = read_wrapped(request, "job", JobBody)
    flows, mail = ports.flows, ports.mail

    def wanted() -> tuple[Identity, NewJob]:
        identity = _owner(*owner)
        return identity, body.new_job(proof_of(ports.sign_ins, caller, identity, body.id_token))

    if body.delivery_method == EMAIL:
        return ports.once.answer(
            request,
            caller,
            lambda receipt: create_email_job(flows, mail, *wanted(), receipt),
            _mailed,
        )
    return ports.once.answer(
        request,
        caller,
        lambda receipt: create_return_job(flows, *wanted(), receipt),
        _made,
        secret_of=lambda made: token_derivation(made[0]),
    )


def _made(made: tuple[BindingJob, str]) -> Response:
    job, link = made
    return resource({"credential_binding_job": job_content(job), "credential_binding_link": link})


def _mailed(mailed: Mailed) -> Response:
    """Answer without the link: only the mail has it."""
    answer = resource({"credential_binding_job": job_content(mailed.job)})
    if mailed.sending.delivery is Delivery.ACCEPTED:
        return answer
    return replace(answer, notes={"detail": f"ses {mailed.sending.reason}"})


def resend(request: Request) -> Response:
    (path, identity_id, job_id), caller = _named(request, "credential-binding-jobs:create")
    ports, known = wiring.ports(), is_hex_id(identity_id)
    owner = ports.identities.find(path, IdentityId(identity_id)) if known else None
    if owner is None:
        raise not_found(job_id)
    proof = proof_of(ports.sign_ins, caller, owner, None)
    with ports.auth.challenges(request):
        resent = resend_job(ports.flows, ports.mail, path, owner, job_id, proof)
    if resent.sending is not None:
        return _mailed(Mailed(resent.job, resent.sending))
    return resource(
        {"credential_binding_job": job_content(resent.job), "credential_binding_link": resent.link}
    )


def list_all(request: Request) -> Response:
    if request.path.get("identity_id") == EVERY_IDENTITY:
        return _list_realm(request)
    place, _ = _owner_path(request, "credential-binding-jobs:read")
    owner = _owner(*place)
    path = RealmPath(owner.tenant_id, owner.realm_id)
    return _page(request, path, owner.id)


def _list_realm(request: Request) -> Response:
    ports, missing = wiring.ports(), NotFound("Realm", request.path.get("realm_id", ""))
    ports.auth.require(request, "credential-binding-jobs:read", missing=missing)
    path = realm_path(request, missing)
    if ports.configuration.find_realm(path.tenant_id, path.realm_id) is None:
        raise missing
    return _page(request, path)


def _page(request: Request, path: RealmPath, owner: IdentityId | None = None) -> Response:
    ports = wiring.ports()
    now = ports.flows.clock()
    return answer_filtered_page(
        request,
        path,
        ports.jobs.at(now, owner),
        job_content,
        plural="credential_binding_jobs",
        sealer=ports.page_sealer,
        now=now,
    )


def read(request: Request) -> Response:
    (path, identity_id, job_id), _ = _named(request, "credential-binding-jobs:read")
    return resource(_shown(get_job(wiring.ports().flows, path, identity_id, job_id)))


def revoke(request: Request) -> Response:
    (path, identity_id, job_id), _ = _named(request, "credential-binding-jobs:revoke")
    return resource(job_content(revoke_job(wiring.ports().flows, path, identity_id, job_id)))


def _owner_path(request: Request, scope: str) -> tuple[tuple[RealmPath, str], Caller]:
    identity_id = request.path.get("identity_id", "")
    missing = NotFound("Identity", identity_id)
    caller = wiring.ports().auth.require(request, scope, missing=missing)
    return (realm_path(request, missing), identity_id), caller


def _owner(path: RealmPath, identity_id: str) -> Identity:
    found = None
    if is_hex_id(identity_id):
        found = wiring.ports().identities.find(path, IdentityId(identity_id))
    if found is None:
        raise NotFound("Identity", identity_id)
    return found


def _named(request: Request, scope: str) -> tuple[tuple[RealmPath, str, str], Caller]:
    job_id, _ = split_action(request.path.get("job_action", ""))
    missing = not_found(job_id)
    caller = wiring.ports().auth.require(request, scope, missing=missing)
    return (realm_path(request, missing), request.path.get("identity_id", ""), job_id), caller


def _shown(job: BindingJob) -> dict[str, Any]:
    """What a read shows beyond the answer to the creation, whose members users know."""
    proof = {"adding_proof": job.adding_proof} if job.adding_proof else {}
    return {**job_content(job), **proof}


_COLLECTION = (
    "/v1/tenants/{tenant_id}/realms/{realm_id}/identities/{identity_id}/credential-binding-jobs"
)

ROUTES: dict[str, Route] = {
    _COLLECTION: Route({"GET": list_all, "POST": create}, management_error),
    _COLLECTION + "/{job_action}": action_route(
        "job_action",
        {"": {"GET": read}, "revoke": {"POST": revoke}, "resend": {"POST": resend}},
        management_error,
    ),
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="credential_binding_jobs")
