"""Where the management API describes itself, as its challenges say (RFC 9728 §3.1, §5.1)."""

from keybound.domain.ids import is_hex_id

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_PARAMETER = "resource_metadata="


def with_metadata(challenge: str, api_base_url: str, tenant_id: str) -> str:
    """Return a Bearer challenge that also names the metadata of the tenant's management API.

    Without a tenant there is no metadata, and nothing is added; nor to an empty challenge, or to
    one that names it.
    """
    if not challenge or not is_hex_id(tenant_id) or _PARAMETER in challenge:
        return challenge
    url = f"{api_base_url}{WELL_KNOWN}/v1/tenants/{tenant_id}"
    joint = " " if challenge == "Bearer" else ", "
    return f'{challenge}{joint}{_PARAMETER}"{url}"'
