"""What commands show: tables and members for people, JSON for scripts."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

Resource = Mapping[str, Any]


def show_list(found: Iterable[Resource], columns: Sequence[str], as_json: bool) -> None:
    """Show resources, one a line; with JSON as one array.

    columns: members, dotted inside others; headed by the last part of the name, or by what stands
    after a colon.
    """
    rows = list(found)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("(none)", err=True)
        return
    click.echo(
        table([_heading(c) for c in columns], [[_cell(r, c) for c in columns] for r in rows])
    )


def show(resource: Resource, as_json: bool) -> None:
    """Show every member of one resource, one a line."""
    if as_json:
        click.echo(json.dumps(resource, indent=2))
        return
    for line in members(resource):
        click.echo(line)


def members(resource: Resource) -> list[str]:
    """Return `name  value` lines; members of members under their dotted names."""
    flat = list(_flat(resource, ""))
    width = max((len(name) for name, _ in flat), default=0)
    return [f"{name:<{width}}  {value}".rstrip() for name, value in flat]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return aligned columns, two spaces apart, never cut and never wrapped."""
    from tabulate import tabulate

    # Nothing is a number here: `007` stays what it is.
    text = tabulate(rows, headings, tablefmt="plain", disable_numparse=True)
    return "\n".join(line.rstrip() for line in text.splitlines())


def printable(value: Any) -> str:
    """Return one line without control characters, which could move a terminal's cursor."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(printable(each) for each in value)
    if isinstance(value, Mapping):
        return printable(value["type"]) if set(value) == {"type"} else json.dumps(value)
    text = "" if value is None else str(value)
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _heading(column: str) -> str:
    return re.split(r"[.:]", column)[-1].replace("_", " ").upper()


def _cell(resource: Resource, column: str) -> str:
    value: Any = resource
    for name in column.partition(":")[0].split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return printable(value)


def _flat(resource: Resource, prefix: str) -> Iterable[tuple[str, str]]:
    for name, value in resource.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", printable(value)
