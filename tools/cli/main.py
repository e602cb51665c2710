"""`keybound`: the command line. Each command's module is imported when the command runs."""

from importlib import import_module
from pathlib import Path

import click

_PORT = click.IntRange(0, 65535)
# name: module[:attribute], or nothing for a command that stands here.
_SECTIONS = {
    "People and applications (the management API, by a profile)": {
        "identity": "tools.cli.management.identities",
        "job": "tools.cli.management.jobs",
        "credential": "tools.cli.management.credentials",
        "app": "tools.cli.management.applications",
        "config": "tools.cli.management.configs",
        "realm": "tools.cli.management.realms",
        "profile": "tools.cli.management.profile_commands",
    },
    "A deployment (your AWS credentials)": {
        "bootstrap": "tools.cli.tenant_commands",
        "tenant": "tools.cli.tenant_commands",
        "keys": "tools.cli.keys",
        "export": "tools.cli.transfer.commands",
        "import": "tools.cli.transfer.commands:import_",
        "doctor": "tools.cli.doctor.command",
    },
    "This machine": {"dev": "", "completion": "tools.cli.completion"},
}


class Sections(click.Group):
    """Commands that are imported when they are asked for, listed by what they speak to."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in _SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for section in _SECTIONS.values():
            if place := section.get(cmd_name):
                module, _, name = place.partition(":")
                found: click.Command = getattr(import_module(module), name or cmd_name)
                return found
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, section in _SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in section]
            rows = [(name, each.get_short_help_str(120)) for name, each in commands if each]
            with formatter.section(heading):
                formatter.write_dl(rows)


@click.group(
    cls=Sections,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="keybound")
def main() -> None:
    """Keybound: passkeys for your users, in your own AWS account."""


@main.command()
@click.option("--auth-port", type=_PORT, default=8080, show_default=True, help="Host `auth`.")
@click.option("--api-port", type=_PORT, default=8081, show_default=True, help="Host `api`.")
@click.option("--app-port", type=_PORT, default=8082, show_default=True, help="The demo.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write addresses and the management client here, as JSON, once everything serves.",
)
@click.option(
    "--environment-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the same as shell variables here, to try calls by hand.",
)
@click.option("--verbose", is_flag=True, help="Show the log lines that rooms write in the cloud.")
def dev(
    auth_port: int,
    api_port: int,
    app_port: int,
    ready_file: Path | None,
    environment_file: Path | None,
    verbose: bool,
) -> None:
    """Run the whole product on this machine, with a demo to try. Nothing is kept.

    Port 0 takes any free port.
    """
    from tools.cli.dev import Files, run
    from tools.devserver.server import Ports

    run(Ports(auth_port, api_port, app_port), Files(ready_file, environment_file), verbose=verbose)
