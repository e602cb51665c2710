"""`keybound doctor`: is this deployment in order, and if not, what is to be done?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.cli.options import deployment_options

if TYPE_CHECKING:
    from tools.cli.doctor.examination import Subject


@click.command()
@deployment_options
@click.option("--issuer", default="", help="Else the first tenant's.")
@click.option("--client-id", default="", envvar="KEYBOUND_CLIENT_ID")
@click.option(
    "--client-secret",
    default="",
    envvar="KEYBOUND_CLIENT_SECRET",
    help="Better as KEYBOUND_CLIENT_SECRET: other users of a machine can read command lines.",
)
@click.option(
    "--ready-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take all of this from what `keybound dev` wrote.",
)
@click.option(
    "--aws/--no-aws",
    "look_into_aws",
    default=None,
    help="Look into tables and keys too: the default, except for a server on this machine."
    " --no-aws asks AWS nothing, so it needs the base URLs.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(ready_file: Path | None, as_json: bool, **given: Any) -> None:
    """Check a deployment and say what to do about each failure. Exits with 1 when there is one.

    Changes nothing. Without --client-id and --client-secret no token is asked for.
    """
    from tools.cli.aws_failures import explained
    from tools.cli.doctor import findings
    from tools.cli.doctor.examination import examine

    with explained():
        found = examine(_subject(given | _from_ready_file(ready_file)))
    click.echo(findings.as_json(found) if as_json else findings.as_table(found))
    if findings.failed(found):
        sys.exit(1)


_OWN = ("issuer", "client_id", "client_secret", "look_into_aws")


def _subject(given: dict[str, Any]) -> "Subject":
    from tools.cli.doctor.examination import Subject
    from tools.cli.target import Given, find_target

    own = {name: given.pop(name) for name in _OWN}
    known = given["auth_base_url"] and given["api_base_url"]
    if own["look_into_aws"] is False and not known and not given.get("stack_outputs"):
        raise click.UsageError(
            "--no-aws asks AWS nothing: say --auth-base-url and --api-base-url, or --stack-outputs"
        )
    target = find_target(Given(**{name: value for name, value in given.items() if value}))
    return Subject(target=target, **own)


def _from_ready_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        ready = json.loads(path.read_text("utf-8"))
        management = ready["management"]
        return {
            "auth_base_url": ready["auth_base_url"],
            "api_base_url": ready["api_base_url"],
            **{name: management[name] for name in ("issuer", "client_id", "client_secret")},
        }
    except (ValueError, KeyError) as error:
        raise click.UsageError(f"{path} is no ready file of keybound dev") from error
