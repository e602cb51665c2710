"""What is said of each room of the management API. A room without a row fails a test, and so does
an endpoint without one."""

from tools.openapi.access import GROUPS, ROLES
from tools.openapi.applications import APPLICATIONS, TOKENS
from tools.openapi.configuration import CONFIGS, RESOURCE_SERVERS
from tools.openapi.operation import Operations
from tools.openapi.people import BATCHES, CREDENTIALS, IDENTITIES, JOBS
from tools.openapi.tenancy import REALMS, TENANTS, THEMES
from tools.openapi.well_known import OPENAPI, PROTECTED_RESOURCE

DESCRIBED: dict[str, Operations] = {
    "tenants": TENANTS,
    "realms": REALMS,
    "themes": THEMES,
    "identities": IDENTITIES,
    "groups": GROUPS,
    "credential_binding_jobs": JOBS,
    "batch_credential_binding_jobs": BATCHES,
    "credentials": CREDENTIALS,
    "applications": APPLICATIONS,
    "tokens": TOKENS,
    "authenticator_configs": CONFIGS,
    "resource_servers": RESOURCE_SERVERS,
    "roles": ROLES,
    "protected_resource": PROTECTED_RESOURCE,
    "openapi": OPENAPI,
}
