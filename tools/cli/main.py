"""`keybound`: the command line. Each command's module is imported when the command runs."""

from pathlib import Path

import click

from tools.cli.doctor.command import doctor
from tools.cli.keys import keys
from tools.cli.tenant_commands import bootstrap, tenant

_PORT = click.IntRange(0, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="keybound")
def main() -> None:
    """Keybound: passkeys for your users, in your own AWS account."""


main.add_command(keys)
main.add_command(bootstrap)
main.add_command(tenant)
main.add_command(doctor)


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
