"""A binding job as callers of the management API see it."""

from typing import Any

from keybound.domain.binding_job import BindingJob
from keybound.domain.clock import rfc3339


def job_content(job: BindingJob) -> dict[str, Any]:
    """Return the resource, without its link."""
    optional = {
        "batch_id": job.batch_id,
        "post_binding_redirect_uri": job.post_binding_redirect_uri,
        "credential_id": job.credential_id,
        "mail_state": job.mail_state,
        "failure_reason": job.failure_reason,
    }
    return {
        "id": job.id,
        "realm_id": job.realm_id,
        "tenant_id": job.tenant_id,
        "identity_id": job.identity_id,
        "delivery_method": job.delivery_method,
        "state": job.state,
        **{name: value for name, value in optional.items() if value},
        "authenticator_config_id": job.authenticator_config_id,
        "expire_time": rfc3339(job.expire_time),
        "create_time": rfc3339(job.create_time),
        "update_time": rfc3339(job.update_time),
    }
