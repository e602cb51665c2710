"""Following a link: what the app needs to start binding. It reads and never writes, because people
and mail scanners may open a link any number of times."""

from keybound.binding.links import Link
from keybound.domain.invoke_url import bind_url


def instruction(link: Link, token: str, auth_base_url: str) -> dict[str, str]:
    """Return the six members that an app's `/bind` route receives, in their order.

    api_base_url is the auth host, because that is where the calls of binding live.
    """
    return {
        "api_base_url": auth_base_url,
        "tenant_id": link.job.tenant_id,
        "realm_id": link.job.realm_id,
        "identity_id": link.job.identity_id,
        "job_id": link.job.id,
        "token": token,
    }


def redirect_target(link: Link, token: str, auth_base_url: str) -> str:
    """Return `{invoke_url}/bind?…` with the instruction as its query."""
    return bind_url(link.config.invoke_url, instruction(link, token, auth_base_url))
