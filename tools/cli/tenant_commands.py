"""`keybound bootstrap` and `keybound tenant`: the first steps on a deployment, and emergencies.

docs/operations.md says when to use which. All but `new-secret` and `admin-link`, which replace
something each time, may be repeated; all may run twice at once.
"""

import json
from typing import TYPE_CHECKING, Any

import click

from tools.cli.options import (
    DISPLAY_NAME,
    HEX_ID,
    SIGNING_MODES,
    USERNAME,
    admin_options,
    deployment_options,
)

if TYPE_CHECKING:
    from tools.cli.admin_binding import Invocation
    from tools.cli.first_steps import Administrator, Outcome
    from tools.cli.target import Target

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
_TENANT = click.option("--tenant-id", type=HEX_ID, default=None, help="Else the first tenant.")
_USERNAME = click.option("--admin-username", type=USERNAME, default="admin", show_default=True)


@click.command()
@deployment_options
@click.option("--signing-mode", type=click.Choice(SIGNING_MODES), help="As in cdk.json.")
@click.option(
    "--display-name",
    type=DISPLAY_NAME,
    default="Main",
    show_default=True,
    help="Of the first tenant.",
)
@admin_options
@_USERNAME
@_JSON
def bootstrap(
    display_name: str,
    admin_invoke_url: str,
    admin_relying_party_id: str,
    admin_username: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Make what a new deployment lacks: keys, the first tenant, its client, an administrator.

    Run it again at any time: it then says what exists, shows no secret and changes nothing.
    """
    from tools.cli.aws_failures import explained
    from tools.cli.first_steps import run_bootstrap

    admin = _administrator(admin_username, admin_invoke_url, admin_relying_party_id)
    with explained():
        outcome = run_bootstrap(_target(given), display_name, admin)
    _show(outcome, as_json)


@click.group()
def tenant() -> None:
    """Make tenants, and replace what their administrators have lost."""


@tenant.command()
@deployment_options
@click.option("--display-name", type=DISPLAY_NAME, required=True)
@admin_options
@_USERNAME
@_JSON
def create(
    display_name: str,
    admin_invoke_url: str,
    admin_relying_party_id: str,
    admin_username: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Make one more tenant with its admin realm and management client. Each call makes one."""
    from tools.cli.aws_failures import explained
    from tools.cli.first_steps import run_tenant_create

    admin = _administrator(admin_username, admin_invoke_url, admin_relying_party_id)
    with explained():
        outcome = run_tenant_create(_target(given), display_name, admin)
    _show(outcome, as_json)


@tenant.command("new-secret")
@deployment_options
@_TENANT
@_JSON
def new_secret(tenant_id: str | None, as_json: bool, **given: Any) -> None:
    """Replace the secret of a tenant's management client. The old one ends within 30 seconds."""
    from tools.cli.aws_failures import explained
    from tools.cli.first_steps import run_new_secret

    with explained():
        client = run_new_secret(_target(given), tenant_id or "").client
    if as_json:
        click.echo(
            json.dumps({"client_id": client.client_id, "client_secret": client.client_secret})
        )
        return
    click.echo(f"client id          {client.client_id}")
    click.echo(f"client secret      {client.client_secret}")
    click.echo("                   Keep it now: it will not be shown again.")


@tenant.command("update-scopes")
@click.argument("tenant_id", type=HEX_ID)
@deployment_options
@_JSON
def update_scopes(tenant_id: str, as_json: bool, **given: Any) -> None:
    """Give a tenant made by an earlier release the management scopes that came since.

    Its managed resource server and its managed application get them, no other application does.
    """
    from keybound.domain.ids import TenantId

    from tools.cli.aws_failures import explained
    from tools.cli.first_steps import run_update_scopes

    with explained():
        added = run_update_scopes(_target(given), TenantId(tenant_id))
    if as_json:
        click.echo(json.dumps(added.as_json(), indent=2))
        return
    click.echo(f"tenant             {tenant_id}")
    click.echo(f"resource server    {_told(added.resource_server)}")
    click.echo(f"management client  {_told(added.application)}")
    if added:
        click.echo(
            "                   Tokens made before lack them: ask for new ones. Rooms see the"
        )
        click.echo("                   change within cache_ttl_s.")


@tenant.command("admin-link")
@deployment_options
@admin_options
@_TENANT
def admin_link(
    tenant_id: str | None, admin_invoke_url: str, admin_relying_party_id: str, **given: Any
) -> None:
    """Revoke the first administrator's open links and make a new one."""
    from tools.cli.aws_failures import explained
    from tools.cli.first_steps import run_admin_link, tell_admin

    invocation = _invocation(admin_invoke_url, admin_relying_party_id)
    with explained():
        admin = run_admin_link(_target(given), tenant_id or "", invocation)
    tell_admin(admin, "", click.echo)


def _told(added: tuple[str, ...]) -> str:
    return f"added: {', '.join(added)}" if added else "lacks none"


def _target(given: dict[str, Any]) -> "Target":
    from tools.cli.target import Given, find_target

    return find_target(Given(**{name: value for name, value in given.items() if value}))


def _administrator(username: str, invoke_url: str, relying_party_id: str) -> "Administrator | None":
    from tools.cli.first_steps import Administrator

    invocation = _invocation(invoke_url, relying_party_id)
    return Administrator(username, invocation) if invocation else None


def _invocation(invoke_url: str, relying_party_id: str) -> "Invocation | None":
    from tools.cli.admin_binding import Invocation

    if relying_party_id and not invoke_url:
        raise click.UsageError("--admin-relying-party-id needs --admin-invoke-url")
    return Invocation(invoke_url, relying_party_id) if invoke_url else None


def _show(outcome: "Outcome", as_json: bool) -> None:
    from tools.cli.first_steps import tell

    if as_json:
        click.echo(json.dumps(outcome.as_json(), indent=2))
    else:
        tell(outcome, click.echo)
    if outcome.problem:
        raise click.ClickException(f"no administrator was made: {outcome.problem}")
