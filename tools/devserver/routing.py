"""Finds the room for a path, as an HTTP API does: literal segments beat variables.

A variable fills exactly one segment, never an empty one. What no route takes goes to `$default`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from functions.manifest import FALLBACK, ROOMS, Host, Room, room

DEFAULT_ROUTE = "$default"


@dataclass(frozen=True)
class Match:
    """A room, the key of the route that led to it, and the path's decoded variables."""

    room: Room
    route_key: str
    parameters: Mapping[str, str]


def match(host: Host, path: str) -> Match:
    """Return the route of `path` (as it was sent, without its query) on one of the two APIs.

    The path is decoded before it is cut, as API Gateway does, so `%2F` separates segments.
    """
    segments = unquote(path).split("/")
    found = [
        (template, owner, parameters)
        for template, owner in _ROUTES[host]
        if (parameters := _fill(template.split("/"), segments)) is not None
    ]
    if not found:
        return Match(room(FALLBACK), DEFAULT_ROUTE, {})
    template, owner, parameters = min(found, key=lambda candidate: _variables(candidate[0]))
    return Match(owner, f"ANY {template}", parameters)


_ROUTES = {
    host: [(template, r) for r in ROOMS if r.host == host for template in r.routes] for host in Host
}


def _fill(template: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    parameters = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            if not given:
                return None
            parameters[wanted.strip("{}")] = given
        elif wanted != given:
            return None
    return parameters


def _variables(template: str) -> list[bool]:
    """Sorts the template whose first difference is a literal segment to the front."""
    return [segment.startswith("{") for segment in template.split("/")]
