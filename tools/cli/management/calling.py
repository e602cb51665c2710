"""What every command for people shares: which profile, which realm, how to show it."""

import functools
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import click

from tools.cli.management import output
from tools.cli.management.api import ManagementApi
from tools.cli.management.profiles import check_addresses, chosen
from tools.cli.management.refusals import NOT_FOUND, Refusal
from tools.cli.options import HEX_ID

_PROFILE = click.option(
    "--profile", "profile_name", default="", envvar="KEYBOUND_PROFILE", help="Else the current one."
)
_REALM = click.option("--realm", "realm_id", type=HEX_ID, default=None, help="Else the profile's.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
_HEX = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Calling:
    """The management API from where a command stands."""

    api: ManagementApi
    realm_id: str
    as_json: bool

    @property
    def realm_path(self) -> str:
        """Raises Refusal when no realm is known."""
        if not self.realm_id:
            raise Refusal(
                f"which realm? {self.api.profile} has none: say --realm, or `keybound realm use ID`"
            )
        return f"{self.api.tenant_path}/realms/{self.realm_id}"

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call below the realm."""
        return self.api.call(method, f"{self.realm_path}{path}", body)

    def all(self, path: str, plural: str, **query: str) -> list[dict[str, Any]]:
        return list(self.api.pages(f"{self.realm_path}{path}", plural, **query))

    def identity(self, given: str) -> dict[str, Any]:
        """Return the identity of that id, or else of that username."""
        if _HEX.fullmatch(given):
            try:
                return self.call("GET", f"/identities/{given}")
            except Refusal as refused:
                if refused.exit_code != NOT_FOUND:
                    raise
        wanted = given.replace("\\", "\\\\").replace('"', '\\"')
        found = self.all("/identities", "identities", filter=f'traits.username eq "{wanted}"')
        if not found:
            raise Refusal(f"there is no identity {given} here: keybound identity list", NOT_FOUND)
        return found[0]

    def named(self, path: str, plural: str, given: str) -> dict[str, Any]:
        """Return the resource of that id, or else the only one of that display name."""
        found = self.all(path, plural)
        by_id = [each for each in found if each["id"] == given]
        matching = by_id or [each for each in found if each["display_name"] == given]
        if len(matching) > 1:
            raise Refusal(f"{len(matching)} are called {given}: say the id")
        if not matching:
            raise Refusal(f"there is no {given} among {path[1:]}", NOT_FOUND)
        return matching[0]

    def config(self, given: str) -> str:
        """Return the id of a config; without a name the id of the realm's only one."""
        path, plural = "/authenticator-configs", "authenticator_configs"
        if given:
            return str(self.named(path, plural, given)["id"])
        known = self.all(path, plural)
        if len(known) == 1:
            return str(known[0]["id"])
        names = ", ".join(str(each["display_name"]) for each in known)
        if not known:
            raise Refusal("the realm has no authenticator config: keybound config create", 1)
        raise Refusal(f"which authenticator config? Say --config, one of: {names}")

    def show(self, resource: output.Resource) -> None:
        output.show(resource, self.as_json)

    def show_list(self, found: list[dict[str, Any]], *columns: str) -> None:
        output.show_list(found, columns, self.as_json)

    def done(self, text: str, resource: output.Resource | None = None) -> None:
        """Say what was done; scripts get the resource, or nothing to read."""
        if not self.as_json:
            click.echo(text)
        elif resource is not None:
            output.show(resource, True)


def calling(command: Callable[..., None]) -> Callable[..., None]:
    """Add --profile, --realm and --json; the command gets a `Calling` first."""

    @functools.wraps(command)
    def run(profile_name: str, realm_id: str | None, as_json: bool, **given: Any) -> None:
        profile = check_addresses(chosen(profile_name))
        here = Calling(ManagementApi(profile), realm_id or profile.realm_id, as_json)
        command(here, **given)

    return _PROFILE(_REALM(_JSON(run)))


def sure(question: str, yes: bool) -> None:
    """Ask before what cannot be undone. Without a terminal, --yes has to be said."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody can be asked here: say --yes")
    click.confirm(question, abort=True)


def segment(text: str) -> str:
    """Return what the user typed as one segment of a path."""
    return quote(text, safe="")
