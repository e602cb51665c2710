"""`keybound realm`: the realms of a tenant, and which one is meant."""

import click

from tools.cli.management import profiles
from tools.cli.management.calling import Calling, calling, segment, sure, yes_option
from tools.cli.management.refusals import Refusal
from tools.cli.options import HEX_ID

_COLUMNS = ("id", "display_name", "classification", "create_time", "current")
_REALM_ID = click.argument("wanted_id", metavar="REALM_ID", type=HEX_ID)


@click.group()
def realm() -> None:
    """Make realms, and say which one is meant."""


@realm.command()
@click.argument("display_name")
@click.option(
    "--classification", type=click.Choice(["SECURE_CUSTOMER", "SECURE_WORKFORCE"]), default=None
)
@calling
def create(here: Calling, display_name: str, classification: str | None) -> None:
    """Make a realm."""
    wanted = {"display_name": display_name}
    wanted |= {"classification": classification} if classification else {}
    here.show(here.api.call("POST", f"{here.api.tenant_path}/realms", {"realm": wanted}))


@realm.command("list")
@calling
def list_(here: Calling) -> None:
    """List the realms of the tenant."""
    found = list(here.api.pages(f"{here.api.tenant_path}/realms", "realms"))
    if not here.as_json:
        found = [each | {"current": each["id"] == here.realm_id} for each in found]
    here.show_list(found, *_COLUMNS)


@realm.command()
@_REALM_ID
@calling
def show(here: Calling, wanted_id: str) -> None:
    """Show a realm."""
    here.show(here.api.call("GET", _path(here, wanted_id)))


@realm.command()
@_REALM_ID
@click.argument("display_name")
@calling
def rename(here: Calling, wanted_id: str, display_name: str) -> None:
    """Give a realm another name."""
    body = {"realm": {"display_name": display_name}}
    here.show(here.api.call("PATCH", _path(here, wanted_id), body))


@realm.command()
@_REALM_ID
@yes_option
@calling
def remove(here: Calling, wanted_id: str, yes: bool) -> None:
    """Delete a realm that has no identities, groups and roles, with its applications."""
    found = here.api.call("GET", _path(here, wanted_id))
    sure(f"Delete {found['display_name']} ({wanted_id})? There is no way back.", yes)
    here.api.call("DELETE", _path(here, wanted_id))
    here.done(f"{found['display_name']} ({wanted_id}) is deleted.")


@realm.command()
@_REALM_ID
@calling
def use(here: Calling, wanted_id: str) -> None:
    """Mean this realm from now on, in this profile."""
    found = here.api.call("GET", _path(here, wanted_id))
    if here.api.profile.name not in profiles.read().profiles:
        raise Refusal(f"{here.api.profile} is kept in no file: set KEYBOUND_REALM_ID")
    profiles.with_realm(here.api.profile.name, wanted_id)
    here.done(f"{here.api.profile}: realm {found['display_name']} ({wanted_id})", found)


def _path(here: Calling, realm_id: str) -> str:
    return f"{here.api.tenant_path}/realms/{segment(realm_id)}"
