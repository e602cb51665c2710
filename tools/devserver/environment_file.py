"""The addresses and ids of a development server as shell variables, for trying calls by hand."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.devserver.ready_file import write_privately

_FROM_DEMO = {
    "AUTHENTICATOR_CONFIG_ID": "KEYBOUND_AUTOMATIC_AUTHENTICATOR_CONFIG_ID",
    "ISSUER": "KEYBOUND_AUTOMATIC_APPLICATION_ISSUER",
    "APPLICATION_CLIENT_ID": "KEYBOUND_AUTOMATIC_CLIENT_ID",
    "APPLICATION_CLIENT_SECRET": "KEYBOUND_AUTOMATIC_CLIENT_SECRET",
}


def write_environment_file(path: Path, ready: Mapping[str, Any], demo: Mapping[str, str]) -> None:
    """Write `NAME=value` lines, for its owner's eyes only: two of them are secrets."""
    management = ready["management"]
    variables = {
        "AUTH_BASE_URL": ready["auth_base_url"],
        "API_BASE_URL": ready["api_base_url"],
        "TENANT_ID": ready["tenant_id"],
        "REALM_ID": ready["realm_id"],
        "TOKEN_ENDPOINT": management["token_endpoint"],
        "CLIENT_ID": management["client_id"],
        "CLIENT_SECRET": management["client_secret"],
        "REDIRECT_URI": f"{ready['demo_app_url']}/callback",
    } | {name: demo[source] for name, source in _FROM_DEMO.items()}
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_privately(path, "".join(lines))
