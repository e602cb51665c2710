"""`keybound config`: where people bind and show passkeys."""

from typing import Any

import click

from tools.cli.management.calling import Calling, calling, sure, yes_option

_COLUMNS = (
    "id",
    "display_name",
    "config.type",
    "config.invoke_url",
    "config.relying_party_id",
    "config.invocation_type",
)
_PATH, _PLURAL = "/authenticator-configs", "authenticator_configs"
_CONFIG = click.argument("config_name", metavar="CONFIG")
_INVOCATION = click.option("--invocation-type", type=click.Choice(["automatic", "manual"]))
_TRUSTED = click.option(
    "--trusted-origin", "trusted_origins", multiple=True, help="May be said several times."
)


@click.group()
def config() -> None:
    """Say where passkeys are bound and shown: authenticator configs.

    CONFIG is an id or a display name.
    """


@config.command()
@click.argument("display_name")
@click.option("--invoke-url", required=True, help="Your page or app that uses the SDK.")
@_TRUSTED
@click.option("--relying-party-id", help="Else derived from the addresses, once and for all.")
@_INVOCATION
@calling
def create(here: Calling, display_name: str, **given: Any) -> None:
    """Make an authenticator config."""
    wanted = {"display_name": display_name, "config": _settings(given)}
    here.show(here.call("POST", _PATH, {"authenticator_config": wanted}))


@config.command("list")
@calling
def list_(here: Calling) -> None:
    """List the authenticator configs of the realm."""
    here.show_list(here.all(_PATH, _PLURAL), *_COLUMNS)


@config.command()
@_CONFIG
@calling
def show(here: Calling, config_name: str) -> None:
    """Show an authenticator config."""
    here.show(here.named(_PATH, _PLURAL, config_name))


@config.command()
@_CONFIG
@click.option("--display-name")
@click.option("--invoke-url")
@_TRUSTED
@_INVOCATION
@calling
def update(here: Calling, config_name: str, display_name: str | None, **given: Any) -> None:
    """Change an authenticator config. Trusted origins that are said replace all there were."""
    found = here.named(_PATH, _PLURAL, config_name)
    changes: dict[str, Any] = {"display_name": display_name} if display_name else {}
    settings = _settings(given)
    if len(settings) > 1:
        changes["config"] = settings
    if not changes:
        raise click.UsageError("say what to change: --display-name, --invoke-url, …")
    body = {"authenticator_config": changes}
    here.show(here.call("PATCH", f"{_PATH}/{found['id']}", body))


@config.command()
@_CONFIG
@yes_option
@calling
def remove(here: Calling, config_name: str, yes: bool) -> None:
    """Delete an authenticator config that no application uses."""
    found = here.named(_PATH, _PLURAL, config_name)
    sure(f"Delete {found['display_name']} ({found['id']})? There is no way back.", yes)
    here.call("DELETE", f"{_PATH}/{found['id']}")
    here.done(f"{found['display_name']} ({found['id']}) is deleted.")


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    said = {name: list(v) if isinstance(v, tuple) else v for name, v in given.items() if v}
    return {"type": "embedded", **said}
