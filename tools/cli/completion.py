"""`keybound completion`: what a shell needs to complete commands and options."""

import os
import sys

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
def completion(shell: str | None) -> None:
    """Print the lines that teach a shell to complete.

    \b
    bash  eval "$(keybound completion bash)"      in ~/.bashrc
    zsh   eval "$(keybound completion zsh)"       in ~/.zshrc
    fish  keybound completion fish > ~/.config/fish/completions/keybound.fish
    """
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    kind = get_completion_class(name)
    if kind is None:
        raise click.UsageError("which shell? bash, zsh or fish")
    program = click.get_current_context().find_root().command
    click.echo(kind(program, {}, "keybound", "_KEYBOUND_COMPLETE").source())
    sys.stdout.flush()
