"""Whether the first tenant has every management scope that this release knows."""

from tools.cli.deployment import Deployment
from tools.cli.doctor.failed import Failed
from tools.cli.doctor.findings import NotChecked
from tools.cli.management_scopes import find_lacking_scopes
from tools.cli.tenants import find_first_tenant_id


def management_scopes(deployment: Deployment) -> str:
    """A tenant keeps the scopes with which it was made, until an operator adds the later ones."""
    tenant_id = find_first_tenant_id(deployment)
    if tenant_id is None:
        raise NotChecked("there is no tenant yet")
    lacking = find_lacking_scopes(deployment, tenant_id)
    scopes = dict.fromkeys((*lacking.resource_server, *lacking.application))
    if scopes:
        raise Failed(
            f"the first tenant lacks {', '.join(scopes)}",
            f"keybound tenant update-scopes {tenant_id}; and for each further tenant",
        )
    return "the first tenant has them all"
