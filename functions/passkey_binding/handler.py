"""`POST {issuer}/credential-binding-jobs`: one binding link after a one-time password.

Proof: the `passkey_binding_token` that redeeming one answered, as a bearer token (RFC 6750 §2.1),
once. No body is read. Answer `{credential_binding_link}`.
"""

from typing import Any

from keybound.binding.jobs import NewJob, create_return_job
from keybound.domain.application import Application
from keybound.domain.authenticator_config import EMAIL_ONE_TIME_PASSWORD
from keybound.domain.errors import Forbidden, NotFound, Unavailable
from keybound.edge.api_auth import bearer_token
from keybound.edge.cors import origin_headers, origin_preflight
from keybound.edge.errors import oauth_error
from keybound.edge.http import Request, Response
from keybound.edge.oauth_http import answer, issuer_path
from keybound.edge.room import Route, run
from keybound.oauth.errors import InvalidToken
from keybound.oauth.passkey_binding_token import standing_login

from functions import composition
from functions.manifest import ISSUER
from functions.passkey_binding.wiring import issuer_of, ports


def create(request: Request) -> Response:
    """Make the token's one job. A token whose job was made is worth nothing any more."""
    t, r, a = issuer_path(request)
    known = ports()
    now = known.flows.clock()
    opened = known.tokens.open(bearer_token(request), issuer_of(t, r, a), now)
    live = standing_login(known.logins, t, r, opened)
    application = known.configuration.find_application(t, r, a)
    if application is None or application.authenticator_config_id is None:
        raise NotFound("Application", a)
    if not _offers_one_time_passwords(application):
        raise InvalidToken(detail="one-time passwords were taken from the config")
    if live.identity is None or known.uses.was_used(opened.challenge_hash):
        raise InvalidToken(detail="used")
    used = known.uses.use_write(opened.challenge_hash, opened.expires_at)
    new = NewJob(application.authenticator_config_id)
    try:
        job, link = create_return_job(known.flows, live.identity, new, lambda _: [used])
    except Forbidden as error:
        # Said to a person's page, which has no scope and no ID token to show.
        raise Forbidden(
            "the person has a passkey: another one needs more than a mailed code"
        ) from error
    except Unavailable as error:
        if known.uses.was_used(opened.challenge_hash):
            raise InvalidToken(detail="used at the same time") from error
        raise
    notes = {"identity_id": job.identity_id, "job_id": job.id}
    return answer({"credential_binding_link": link}, notes)


def _offers_one_time_passwords(application: Application) -> bool:
    """Also ten minutes after they were switched off, nobody gets a passkey by one."""
    where = application.tenant_id, application.realm_id
    config_id = application.authenticator_config_id
    config = (
        ports().configuration.find_authenticator_config(*where, config_id) if config_id else None
    )
    return config is not None and EMAIL_ONE_TIME_PASSWORD in config.authentication_methods


ROUTES = {
    ISSUER + "/credential-binding-jobs": Route(
        {"POST": create},
        error_form=oauth_error,
        preflight=origin_preflight(composition.issuer_origins),
        cors=origin_headers(composition.issuer_origins),
    )
}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway event."""
    return run(ROUTES, event, room="passkey_binding")
