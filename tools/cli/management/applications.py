"""`keybound app`: what people sign in to, and the clients of back ends."""

import json
from pathlib import Path
from typing import Any

import click

from tools.cli.management.calling import Calling, calling, sure, yes_option
from tools.cli.management.refusals import Refusal
from tools.cli.options import Duration

_COLUMNS = (
    "id",
    "display_name",
    "protocol_config.type",
    "protocol_config.confidentiality",
    "protocol_config.grant_type",
    "protocol_config.client_id",
)
_APP = click.argument("app_name", metavar="APP")


@click.group()
def app() -> None:
    """Make OAuth and OpenID Connect clients, and replace their secrets.

    APP is an id or a display name.
    """


@app.command()
@click.argument("display_name")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="May be said several times.")
@click.option("--public", is_flag=True, help="A client without a secret: a page, or a mobile app.")
@click.option("--machine", is_flag=True, help="client_credentials only: nobody signs in.")
@click.option("--refresh", is_flag=True, help="It may have refresh tokens.")
@click.option("--scope", "scopes", multiple=True, help="Of the resource server; several times.")
@click.option("--resource-server", default="", help="Id or display name.")
@click.option("--config", default="", help="Id or name; else the realm's only one.")
@click.option(
    "--body",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Further members as JSON, as the API takes them: {"protocol_config": {…}}.',
)
@calling
def create(here: Calling, display_name: str, body: Path | None, **given: Any) -> None:
    """Make an application. Its client secret is shown once."""
    more = _read(body)
    wanted: dict[str, Any] = {"display_name": display_name, "protocol_config": _protocol(given)}
    if not given["machine"] and "authenticator_config_id" not in more:
        wanted["authenticator_config_id"] = here.config(given["config"])
    if server := given["resource_server"]:
        found = here.named("/resource-servers", "resource_servers", server)
        wanted["resource_server_id"] = found["id"]
    made = here.call("POST", "/applications", {"application": _merged(wanted, more)})
    _show_with_secret(here, made)


@app.command("list")
@calling
def list_(here: Calling) -> None:
    """List the applications of the realm."""
    here.show_list(here.all("/applications", "applications"), *_COLUMNS)


@app.command()
@_APP
@calling
def show(here: Calling, app_name: str) -> None:
    """Show an application, and its issuer."""
    here.show(_with_issuer(here, _found(here, app_name)))


@app.command("rotate-secret")
@_APP
@click.option("--keep", type=Duration(0), help="How long the present one goes on: 0, 2h; else 1d.")
@yes_option
@calling
def rotate_secret(here: Calling, app_name: str, keep: int | None, yes: bool) -> None:
    """Make a new client secret and show it, once."""
    found = _found(here, app_name)
    sure(f"Replace the secret of {found['display_name']} ({found['id']})?", yes)
    body = {} if keep is None else {"expires_in": keep}
    _show_with_secret(here, here.call("POST", f"/applications/{found['id']}:rotateSecret", body))


@app.command()
@_APP
@yes_option
@calling
def remove(here: Calling, app_name: str, yes: bool) -> None:
    """Delete an application. Nobody can sign in to it any more."""
    found = _found(here, app_name)
    sure(f"Delete {found['display_name']} ({found['id']})? There is no way back.", yes)
    here.call("DELETE", f"/applications/{found['id']}")
    here.done(f"{found['display_name']} ({found['id']}) is deleted.")


def _protocol(given: dict[str, Any]) -> dict[str, Any]:
    if given["machine"]:
        grants, kind = ["client_credentials"], "oauth2"
    else:
        grants = ["authorization_code", *(["refresh_token"] if given["refresh"] else [])]
        kind = "oidc"
    wanted: dict[str, Any] = {
        "type": kind,
        "confidentiality": "public" if given["public"] else "confidential",
        "grant_type": grants,
    }
    wanted |= {"redirect_uris": list(given["redirect_uris"])} if given["redirect_uris"] else {}
    return wanted | ({"allowed_scopes": list(given["scopes"])} if given["scopes"] else {})


def _found(here: Calling, given: str) -> dict[str, Any]:
    return here.named("/applications", "applications", given)


def _read(body: Path | None) -> dict[str, Any]:
    if body is None:
        return {}
    try:
        content = json.loads(body.read_text("utf-8"))
    except ValueError as error:
        raise Refusal(f"{body} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise Refusal(f"{body} holds no JSON object")
    inner = content.get("application")
    return inner if isinstance(inner, dict) else content


def _merged(wanted: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """What a file says goes before what options and defaults say, member by member."""
    both = {**wanted, **more}
    if isinstance(more.get("protocol_config"), dict):
        both["protocol_config"] = {**wanted["protocol_config"], **more["protocol_config"]}
    return both


def _with_issuer(here: Calling, found: dict[str, Any]) -> dict[str, Any]:
    """Add what an OpenID Connect library is given: the issuer is on the token endpoint's host."""
    auth_base_url = here.api.profile.token_endpoint.partition("/v1/tenants/")[0]
    return {"issuer": f"{auth_base_url}{here.realm_path}/applications/{found['id']}", **found}


def _show_with_secret(here: Calling, made: dict[str, Any]) -> None:
    here.show(_with_issuer(here, made))
    if "client_secret" in made["protocol_config"]:
        click.echo("Keep the client secret now: it will not be shown again.", err=True)
