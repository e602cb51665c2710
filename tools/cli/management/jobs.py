"""`keybound job`: links that bind a passkey."""

from typing import Any

import click

from tools.cli.management import output
from tools.cli.management.calling import Calling, calling, segment, sure, yes_option
from tools.cli.options import Duration

_COLUMNS = ("id", "identity_id", "delivery_method:delivery", "state", "expire_time")
_WHO = click.argument("who")
_JOB = click.argument("job_id")
_CONFIG = click.option("--config", default="", help="Id or name; else the realm's only one.")
_EXPIRES = click.option("--expires-in", type=Duration(), help="300, 15m, 2h, 7d; else 7 days.")
_BACK = click.option("--redirect-uri", default="", help="Where the app leads afterwards.")


@click.group()
def job() -> None:
    """Send links that bind a passkey, send them again, take them back.

    WHO is an identity's id or username.
    """


@job.command()
@_WHO
@_CONFIG
@_EXPIRES
@_BACK
@calling
def send(here: Calling, who: str, config: str, expires_in: int | None, redirect_uri: str) -> None:
    """Mail a link to the identity's primary e-mail address."""
    made = _make(here, who, "EMAIL", config, expires_in, redirect_uri)
    here.show(made["credential_binding_job"])


@job.command()
@_WHO
@_CONFIG
@_EXPIRES
@_BACK
@calling
def link(here: Calling, who: str, config: str, expires_in: int | None, redirect_uri: str) -> None:
    """Make a link and show it, once. Whoever opens it may bind a passkey: hand it over safely."""
    _show_link(here, _make(here, who, "RETURN", config, expires_in, redirect_uri))


@job.command("list")
@click.argument("who", default="-")
@calling
def list_(here: Calling, who: str) -> None:
    """List the binding jobs of one identity, or of the whole realm."""
    owner = "-" if who == "-" else here.identity(who)["id"]
    found = here.all(f"/identities/{owner}/credential-binding-jobs", "credential_binding_jobs")
    here.show_list(found, *_COLUMNS)


@job.command()
@_WHO
@_JOB
@calling
def show(here: Calling, who: str, job_id: str) -> None:
    """Show a binding job, and why it failed if it did."""
    here.show(here.call("GET", _path(here, who, job_id)))


@job.command()
@_WHO
@_JOB
@calling
def resend(here: Calling, who: str, job_id: str) -> None:
    """Replace a link by a new one with a full life: mailed again, or shown."""
    _show_link(here, here.call("POST", f"{_path(here, who, job_id)}:resend", {}))


@job.command()
@_WHO
@_JOB
@yes_option
@calling
def revoke(here: Calling, who: str, job_id: str, yes: bool) -> None:
    """Take a link back."""
    sure(f"Revoke {job_id}? Its link ends.", yes)
    here.done(f"{job_id} is revoked.", here.call("POST", f"{_path(here, who, job_id)}:revoke", {}))


def _path(here: Calling, who: str, job_id: str) -> str:
    return f"/identities/{here.identity(who)['id']}/credential-binding-jobs/{segment(job_id)}"


def _make(
    here: Calling,
    who: str,
    delivery_method: str,
    config: str,
    expires_in: int | None,
    redirect_uri: str,
) -> dict[str, Any]:
    identity_id = here.identity(who)["id"]
    wanted: dict[str, Any] = {
        "delivery_method": delivery_method,
        "authenticator_config_id": here.config(config),
    }
    wanted |= {"expires_in": expires_in} if expires_in else {}
    wanted |= {"post_binding_redirect_uri": redirect_uri} if redirect_uri else {}
    return here.call("POST", f"/identities/{identity_id}/credential-binding-jobs", {"job": wanted})


def _show_link(here: Calling, made: dict[str, Any]) -> None:
    """The link alone goes to stdout, so that it can be piped on; all about it to stderr."""
    job_made = made["credential_binding_job"]
    if here.as_json or "credential_binding_link" not in made:
        here.show(made if here.as_json else job_made)
        return
    for line in output.members(job_made):
        click.echo(line, err=True)
    click.echo(made["credential_binding_link"])
