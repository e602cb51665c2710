"""`keybound keys`: an operator looks at signing and sealing keys and rotates them.

Every command may be repeated and run twice at once. docs/operations.md says when to use which.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from keybound.domain.sealing_key import PURPOSES

if TYPE_CHECKING:
    from tools.cli.key_rotation import KeyRotation
    from tools.cli.sealing_rotation import SealingRotation
    from tools.cli.target import Given

BREAK_VERIFIERS = "break-verifiers"
BREAK_TOKENS = "break-tokens"
ALGORITHMS = ("RS256", "ES256")

_Step = Callable[["KeyRotation", str], str]
_SealingStep = Callable[["SealingRotation", str], str]
_algorithm = click.option(
    "--alg", type=click.Choice(ALGORITHMS), help="One algorithm only; else both, one by one."
)


_purpose = click.option(
    "--purpose", type=click.Choice(PURPOSES), help="One purpose only; else all, one by one."
)


@click.group()
@click.option("--name", default="", envvar="KEYBOUND_NAME", help="As in cdk.json.")
@click.option("--stage", default="", envvar="KEYBOUND_STAGE", help="As in cdk.json.")
@click.option("--region", default="", help="Else as AWS is configured.")
@click.option(
    "--stack-outputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `cdk deploy --outputs-file` wrote; else CloudFormation is asked.",
)
@click.pass_context
def keys(
    context: click.Context, name: str, stage: str, region: str, stack_outputs: Path | None
) -> None:
    """Look at the keys that sign and seal, and rotate them. Uses your AWS credentials.

    The options of this group stand before the command: keybound keys --stage trial status.
    """
    from tools.cli.target import Given

    context.obj = Given(name=name, stage=stage, region=region, stack_outputs=stack_outputs)


@keys.command()
@click.pass_obj
def status(given: "Given") -> None:
    """Show every published signing key and what may be done next."""
    _each(given, None, lambda rotation, alg: rotation.status(alg))


@keys.command(name="list")
@click.pass_obj
def list_all(given: "Given") -> None:
    """Show every key: those that sign, and each version of those that seal."""
    _each(given, None, lambda rotation, alg: rotation.status(alg))
    _each_purpose(given, None, lambda rotation, purpose: rotation.status(purpose))


@keys.command(name="rotate-sealing")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 3650),
    default=0,
    help="Only where the newest version is that many days old: for pipelines.",
)
@_purpose
@click.pass_obj
def rotate_sealing(given: "Given", days: int, purpose: str | None) -> None:
    """Make the next version of sealing keys. It seals a quarter of an hour later."""
    _each_purpose(
        given,
        purpose,
        lambda rotation, each: rotation.rotate(each, older_than_s=days * 24 * 3600),
    )


@keys.command(name="retire-sealing")
@_purpose
@click.pass_obj
def retire_sealing(given: "Given", purpose: str | None) -> None:
    """Take versions of sealing keys away that nothing living was sealed under."""
    _each_purpose(given, purpose, lambda rotation, each: rotation.retire(each))


@keys.command()
@click.option("--slot", type=click.Choice(["a", "b"], case_sensitive=False), required=True)
@click.option("--replace", is_flag=True, help="Take another key's place as the next one.")
@_algorithm
@click.pass_obj
def publish(given: "Given", slot: str, replace: bool, alg: str | None) -> None:
    """Publish a slot's KMS keys as the next ones. They do not sign yet."""
    _each(
        given,
        alg,
        lambda rotation, each: rotation.publish(each, slot.lower(), replace_next=replace),
    )


@keys.command()
@click.option("--now", "word", help=f"Before the overlap has passed. Say {BREAK_VERIFIERS}.")
@_algorithm
@click.pass_obj
def switch(given: "Given", word: str | None, alg: str | None) -> None:
    """Let the next keys sign, once every verifier knows them."""
    forced = _forced(word, BREAK_VERIFIERS, "tokens are refused until caches have read the new key")
    _each(given, alg, lambda rotation, each: rotation.switch(each, forced=forced))


@keys.command()
@click.option("--now", "word", help=f"Although tokens live. Say {BREAK_TOKENS}.")
@_algorithm
@click.pass_obj
def retire(given: "Given", word: str | None, alg: str | None) -> None:
    """Take previous keys away, once the last token they signed has ended."""
    forced = _forced(word, BREAK_TOKENS, "everybody's older tokens are refused at once")
    _each(given, alg, lambda rotation, each: rotation.retire(each, forced=forced))


@keys.command()
@_algorithm
@click.pass_obj
def withdraw(given: "Given", alg: str | None) -> None:
    """Take next keys away before they have signed."""
    _each(given, alg, lambda rotation, each: rotation.withdraw(each))


@keys.command()
@_algorithm
@click.pass_obj
def advance(given: "Given", alg: str | None) -> None:
    """Where key pairs are wrapped: take the step that the schedule would take."""
    _each(given, alg, lambda rotation, each: rotation.advance(each))


def _forced(word: str | None, wanted: str, what_happens: str) -> bool:
    if word not in (None, wanted):
        raise click.UsageError(f"--now {wanted}: {what_happens}")
    return word is not None


def _each(given: "Given", alg: str | None, step: _Step) -> None:
    """Take the step for each algorithm; one that is refused does not keep the other from it."""
    from tools.cli.aws_failures import explained
    from tools.cli.key_rotation import key_rotation

    with explained():
        rotation = key_rotation(given)
    _try_all((alg,) if alg else ALGORITHMS, lambda each: step(rotation, each))


def _each_purpose(given: "Given", purpose: str | None, step: _SealingStep) -> None:
    """The same for each purpose of sealing keys."""
    from tools.cli.aws_failures import explained
    from tools.cli.sealing_rotation import sealing_rotation

    with explained():
        rotation = sealing_rotation(given)
    _try_all((purpose,) if purpose else PURPOSES, lambda each: step(rotation, each))


def _try_all(chosen: tuple[str, ...], step: Callable[[str], str]) -> None:
    from keybound.domain.errors import Unavailable
    from keybound.signing.rotation_steps import RotationRefused

    from tools.cli.aws_failures import explain

    refusals = []
    for each in chosen:
        try:
            click.echo(step(each))
        except RotationRefused as refused:
            refusals.append(str(refused))
        except Unavailable as failure:
            refusals.append(f"{each}: {explain(failure)}; then run the command again")
    if refusals:
        raise click.ClickException("\n".join(refusals))
