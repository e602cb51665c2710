"""`keybound credential`: the passkeys of the realm."""

import click

from tools.cli.management.calling import Calling, calling, segment, sure, yes_option

_COLUMNS = (
    "id",
    "identity_id",
    "display_name",
    "state",
    "provider_name:provider",
    "backup_state:synced",
    "last_used_time:last used",
)
_WHO = click.argument("who")
_CREDENTIAL = click.argument("credential_id")


@click.group()
def credential() -> None:
    """Look at passkeys, name them, revoke and remove them.

    WHO is an identity's id or username.
    """


@credential.command("list")
@click.argument("who", default="-")
@calling
def list_(here: Calling, who: str) -> None:
    """List the passkeys of one identity, or of the whole realm."""
    owner = "-" if who == "-" else here.identity(who)["id"]
    here.show_list(here.all(f"/identities/{owner}/credentials", "credentials"), *_COLUMNS)


@credential.command()
@_WHO
@_CREDENTIAL
@calling
def show(here: Calling, who: str, credential_id: str) -> None:
    """Show a passkey."""
    here.show(here.call("GET", _path(here, who, credential_id)))


@credential.command()
@_WHO
@_CREDENTIAL
@click.argument("display_name")
@calling
def rename(here: Calling, who: str, credential_id: str, display_name: str) -> None:
    """Give a passkey another name."""
    body = {"credential": {"display_name": display_name}}
    here.show(here.call("PATCH", _path(here, who, credential_id), body))


@credential.command()
@_WHO
@_CREDENTIAL
@yes_option
@calling
def revoke(here: Calling, who: str, credential_id: str, yes: bool) -> None:
    """End a passkey, and every login that came from it. It stays in the list."""
    path = _path(here, who, credential_id)
    sure(f"Revoke the passkey {credential_id}? There is no way back.", yes)
    here.done(f"{credential_id} is revoked.", here.call("POST", f"{path}:revoke", {}))


@credential.command()
@_WHO
@_CREDENTIAL
@yes_option
@calling
def remove(here: Calling, who: str, credential_id: str, yes: bool) -> None:
    """End a passkey and delete what is known of it."""
    path = _path(here, who, credential_id)
    sure(f"Delete the passkey {credential_id}? There is no way back.", yes)
    here.call("DELETE", path)
    here.done(f"{credential_id} is deleted.")


def _path(here: Calling, who: str, credential_id: str) -> str:
    return f"/identities/{here.identity(who)['id']}/credentials/{segment(credential_id)}"
