"""`keybound profile`: the deployments that the commands for people can speak to."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tools.cli.management import output, profiles
from tools.cli.management.profiles import Profile, ProfileFile
from tools.cli.management.refusals import Refusal
from tools.cli.options import HEX_ID, BaseUrl, Text

_NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a name of letters, digits and . _ -")


@click.group()
def profile() -> None:
    """Say which deployments there are, and which one is meant.

    Kept in $XDG_CONFIG_HOME/keybound/config.toml (else ~/.config), for your eyes only.
    """


@profile.command()
@click.argument("name", type=_NAME)
@click.option(
    "--from-file",
    "source",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="What `keybound bootstrap --json` or `keybound dev --ready-file` wrote; - is stdin.",
)
@click.option("--api-base-url", type=BaseUrl(), help="Else from the file.")
@click.option("--token-endpoint", help="Else from the file.")
@click.option("--tenant-id", type=HEX_ID, help="Else from the file.")
@click.option("--realm-id", type=HEX_ID, help="The realm that is meant unless a command says.")
@click.option("--client-id", help="Else from the file.")
@click.option("--no-secret", is_flag=True, help="Store none: it will be KEYBOUND_CLIENT_SECRET.")
@click.option("--replace", "replacing", is_flag=True, help="A profile of that name is replaced.")
def add(
    name: str, source: Path | None, no_secret: bool, replacing: bool, **given: str | None
) -> None:
    """Add a profile and use it from now on.

    The client secret comes from the file, else from KEYBOUND_CLIENT_SECRET, else it is asked for.
    It is never an option: other users of a machine can read command lines.
    """
    known = profiles.read()
    if name in known.profiles and not replacing:
        raise Refusal(f"there is a profile {name} already: say --replace to replace it")
    found = _from_file(source) | {key: value for key, value in given.items() if value}
    found["token_endpoint"] = _token_endpoint(found.get("token_endpoint", ""))
    _check_whole(found)
    found["client_secret"] = "" if no_secret else found.get("client_secret") or _ask()
    added = Profile(**found, name=name)
    profiles.check_addresses(added)
    profiles.write(ProfileFile({**known.profiles, name: added}, current=name))
    click.echo(f"{name} is the current profile now. Try: keybound realm list")


@profile.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(as_json: bool) -> None:
    """List the profiles. No secret is shown."""
    known = profiles.read()
    rows = [
        {
            "name": each.name,
            "current": each.name == known.current,
            "api_base_url": each.api_base_url,
            "tenant_id": each.tenant_id,
            "realm_id": each.realm_id,
            "client_id": each.client_id,
            "secret": "stored" if each.client_secret else "from the environment",
        }
        for each in known.profiles.values()
    ]
    output.show_list(
        rows, ("name", "current", "api_base_url", "tenant_id", "realm_id", "secret"), as_json
    )


@profile.command()
@click.argument("name")
def use(name: str) -> None:
    """Use a profile from now on."""
    profiles.chosen(name)
    profiles.write(replace(profiles.read(), current=name))
    click.echo(f"{name} is the current profile now.")


@profile.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a profile and its secret. The deployment is not touched."""
    known = profiles.read()
    profiles.chosen(name)
    left = {key: each for key, each in known.profiles.items() if key != name}
    current = "" if known.current == name else known.current
    profiles.write(ProfileFile(left, current))
    click.echo(f"{name} is forgotten.")


def _from_file(source: Path | None) -> dict[str, str]:
    """Read what bootstrap or the development server wrote: both have the same members."""
    if source is None:
        return {}
    try:
        text = sys.stdin.read() if str(source) == "-" else source.read_text("utf-8")
        content: dict[str, Any] = json.loads(text)
        management = content["management"]
        found = {name: content.get(name) for name in ("api_base_url", "tenant_id", "realm_id")}
        found |= {n: management.get(n) for n in ("token_endpoint", "client_id", "client_secret")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal(f"{source} is not what bootstrap or the development server wrote") from error
    return {name: str(value) for name, value in found.items() if value}


def _token_endpoint(url: str) -> str:
    """Return it, if it is a path on an https address, or on an http one of this machine."""
    if not url:
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    BaseUrl().convert(f"{scheme}://{host}", None, click.get_current_context())
    if not slash or not path or "?" in path or "#" in path:
        raise click.BadParameter(f"{url} is no token endpoint", param_hint="--token-endpoint")
    return url


def _check_whole(found: dict[str, str]) -> None:
    options = ("api_base_url", "token_endpoint", "tenant_id", "client_id")
    missing = [f"--{name.replace('_', '-')}" for name in options if not found.get(name)]
    if missing:
        raise click.UsageError(f"say {', '.join(missing)}, or --from-file")


def _ask() -> str:
    if found := os.environ.get(profiles.SECRET):
        return found
    return str(click.prompt("Client secret", hide_input=True, err=True))
