"""`keybound identity`: who can sign in."""

from typing import Any

import click

from tools.cli.management.calling import Calling, calling, sure, yes_option

_COLUMNS = (
    "id",
    "traits.username",
    "display_name",
    "status",
    "enrollment_status:passkeys",
    "traits.primary_email_address:email",
)
_WHO = click.argument("who")


@click.group()
def identity() -> None:
    """Add people, look at them, suspend and remove them.

    WHO is an id or a username.
    """


@identity.command()
@click.argument("username")
@click.option("--display-name", default="", help="Else the username.")
@click.option("--email", default="", help="Primary e-mail address, where links can be sent.")
@click.option("--trait", "traits", multiple=True, metavar="NAME=VALUE", help="Any other trait.")
@click.option("--allow-subject-reuse", is_flag=True, help="Hand on a subject that somebody left.")
@calling
def add(
    here: Calling,
    username: str,
    display_name: str,
    email: str,
    traits: tuple[str, ...],
    allow_subject_reuse: bool,
) -> None:
    """Add an identity."""
    given = _traits(traits) | {"type": "traits_v0", "username": username}
    if email:
        given["primary_email_address"] = email
    body: dict[str, Any] = {"identity": {"display_name": display_name or username, "traits": given}}
    if allow_subject_reuse:
        body["allow_subject_reuse"] = True
    here.show(here.call("POST", "/identities", body))


@identity.command("list")
@click.option("--filter", "wanted", default="", help="As the API takes it: SCIM's grammar.")
@click.option("--status", type=click.Choice(["active", "suspended"]))
@click.option("--email", default="", help="Those with this primary e-mail address.")
@calling
def list_(here: Calling, wanted: str, status: str | None, email: str) -> None:
    """List the identities of the realm."""
    parts = [wanted] if wanted else []
    parts += [f'traits.primary_email_address eq "{email}"'] if email else []
    parts += [f'status eq "{status}"'] if status else []
    query = {"filter": " and ".join(parts)} if parts else {}
    here.show_list(here.all("/identities", "identities", **query), *_COLUMNS)


@identity.command()
@_WHO
@calling
def show(here: Calling, who: str) -> None:
    """Show all that is known of an identity."""
    here.show(here.identity(who))


@identity.command()
@_WHO
@yes_option
@calling
def suspend(here: Calling, who: str, yes: bool) -> None:
    """Refuse sign-in and binding, and end every login for good."""
    found = here.identity(who)
    sure(f"Suspend {_called(found)}? Every login of theirs ends.", yes)
    changed = _with_status(here, found, "suspended")
    here.done(f"{_called(found)} is suspended.", changed)


@identity.command()
@_WHO
@calling
def activate(here: Calling, who: str) -> None:
    """Let a suspended identity sign in again."""
    found = here.identity(who)
    here.done(f"{_called(found)} is active.", _with_status(here, found, "active"))


@identity.command()
@_WHO
@yes_option
@calling
def remove(here: Calling, who: str, yes: bool) -> None:
    """Delete an identity with its passkeys, links and logins."""
    found = here.identity(who)
    sure(f"Delete {_called(found)} with all passkeys? There is no way back.", yes)
    here.call("DELETE", f"/identities/{found['id']}")
    here.done(f"{_called(found)} is deleted.")


def _with_status(here: Calling, found: dict[str, Any], status: str) -> dict[str, Any]:
    return here.call("PATCH", f"/identities/{found['id']}", {"identity": {"status": status}})


def _called(found: dict[str, Any]) -> str:
    return f"{found['traits']['username']} ({found['id']})"


def _traits(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{each} is not NAME=VALUE", param_hint="--trait")
        found[name] = value
    return found
