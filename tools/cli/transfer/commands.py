"""`keybound export` and `keybound import`: a realm as JSON lines, by AWS credentials."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.cli.options import HEX_ID, deployment_options

if TYPE_CHECKING:
    from keybound.domain.application import Application

    from tools.cli.deployment import Deployment
    from tools.cli.transfer.import_file import Header, Imported


@click.command()
@deployment_options
@click.option("--tenant-id", type=HEX_ID, default=None, help="Else the first tenant.")
@click.option("--realm-id", type=HEX_ID, required=True)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(tenant_id: str | None, realm_id: str, file: Path, **given: Any) -> None:
    """Write a realm to FILE: people, passkeys' public keys, groups, roles, applications, settings.

    No secret is in it, but personal data is; and whoever can change it before it is imported can
    sign in as anybody. Run it again after it broke off: it goes on.
    """
    from keybound.domain.clock import SystemClock
    from keybound.domain.ids import RealmId, TenantId
    from keybound.domain.secrets import system_randomness
    from keybound.domain.tenancy import RealmPath

    from tools.cli.aws_failures import explained
    from tools.cli.tenants import find_first_tenant_id
    from tools.cli.transfer.exporting import export_realm

    if file.exists():
        raise click.UsageError(f"{file} exists: choose another name, or remove it")
    with explained():
        deployment = _deployment(given)
        known = tenant_id or find_first_tenant_id(deployment) or ""
        path = RealmPath(TenantId(known), RealmId(realm_id))
        with _Progress("export") as bar:
            done = export_realm(
                deployment.directory, system_randomness, SystemClock(), path, file, bar.at
            )
    click.echo(f"{file}: {done.lines} lines, SHA-256 {done.sha256}", err=True)


@click.command("import")
@deployment_options
@click.option("--make-tenant", is_flag=True, help="Make the export's tenant if it is not here.")
@click.option("--sha256", default="", help="What the export said: refuse any other file.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path, make_tenant: bool, sha256: str, as_json: bool, **given: Any) -> None:
    """Put what FILE holds into a deployment, under the same ids. What is there stays as it is.

    Applications get new client secrets, shown here once. Run it again after it broke off.
    """
    from tools.cli.aws_failures import explained
    from tools.cli.transfer.import_file import import_file, read_header

    with explained():
        deployment = _deployment(given)
        header = read_header(file, (deployment.auth_base_url, deployment.api_base_url))
        if sha256 and sha256 != header.sha256:
            raise click.ClickException(f"{file} is another export: its SHA-256 is {header.sha256}")
        _see_to_tenant(deployment, header, make_tenant, as_json)
        with _Progress("import") as bar:
            done = import_file(deployment, file, header, _teller(as_json), bar.at)
    _report(done, as_json)


def _deployment(given: dict[str, Any]) -> "Deployment":
    from tools.cli.target import Given, find_target

    target = find_target(Given(**{name: value for name, value in given.items() if value}))
    return target.deployment()


def _see_to_tenant(
    deployment: "Deployment", header: "Header", make_tenant: bool, as_json: bool
) -> None:
    from keybound.storage.tenants import Tenants

    from tools.cli.tenants import create_tenant

    tenant_id = header.path.tenant_id
    if Tenants(deployment.directory, deployment.randomness).find(tenant_id) is not None:
        return
    if not make_tenant:
        raise click.ClickException(
            f"the tenant {tenant_id} is not here, and passkeys hold its id: say --make-tenant"
        )
    client = create_tenant(deployment, header.tenant_display_name or "Imported", tenant_id)
    told = {
        "tenant_id": tenant_id,
        "management": {
            "token_endpoint": client.token_endpoint,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        },
    }
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"tenant {tenant_id} made; its management client, shown this once:")
    for name, value in told["management"].items():  # type: ignore[attr-defined]
        click.echo(f"  {name:<15} {value}")


def _teller(as_json: bool) -> Any:
    def tell(application: "Application", secret: str) -> None:
        if as_json:
            told = {
                "application_id": application.id,
                "display_name": application.display_name,
                "client_id": application.client_id,
                "client_secret": secret,
            }
            click.echo(json.dumps(told))
            return
        click.echo(f"new client secret of {application.display_name} ({application.id}):")
        click.echo(f"  client id       {application.client_id}")
        click.echo(f"  client secret   {secret}")

    return tell


def _report(done: "Imported", as_json: bool) -> None:
    from tools.cli.transfer.import_file import MOST_NAMED

    if as_json:
        members = {"made": done.made, "present": done.present, "left_out": done.left_out}
        click.echo(json.dumps(members))
    else:
        for kind in sorted({*done.made, *done.present}):
            click.echo(f"{kind:<21} {done.made[kind]:>8} made {done.present[kind]:>8} there before")
    for kind, entity_id, reason in done.left_out[:MOST_NAMED]:
        click.echo(f"left out: {kind} {entity_id}: {reason}", err=True)
    if done.left_out:
        raise click.ClickException(f"{len(done.left_out)} were left out; all else is imported")


class _Progress:
    """A bar on a terminal; elsewhere nothing, so that logs stay readable."""

    def __init__(self, label: str) -> None:
        self._bar = click.progressbar(length=1, label=label, file=sys.stderr)

    def at(self, done: int, total: int) -> None:
        self._bar.length = max(total, done, 1)
        self._bar.update(max(done - self._bar.pos, 0))

    def __enter__(self) -> "_Progress":
        self._bar.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self._bar.__exit__(*failure)
