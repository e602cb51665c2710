"""Every method of every path of the management API, as manifest and rooms have them."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from keybound.edge.room import Route

from functions.manifest import ROOMS, Host, Room


@dataclass(frozen=True)
class Endpoint:
    """path: as in the document, `…/roles/{role_id}:addScopes`. name: of the function."""

    room: str
    path: str
    method: str
    name: str


def endpoints() -> Iterator[Endpoint]:
    """Read the manifest's rooms of the api host. Raises LookupError for a route whose room does
    not have it."""
    for room in ROOMS:
        if room.host is Host.API:
            yield from _of_room(room)


def _of_room(room: Room) -> Iterator[Endpoint]:
    routes: dict[str, Route] = importlib.import_module(f"functions.{room.name}.handler").ROUTES
    if set(routes) != set(room.routes):
        raise LookupError(f"{room.name}: its routes differ from the manifest's")
    for template in room.routes:
        for verb, methods in routes[template].by_verb.items():
            path = _path(template, routes[template].only, verb)
            for method, endpoint in methods.items():
                yield Endpoint(room.name, path, method, endpoint.__name__)


def _path(template: str, only: str, verb: str) -> str:
    """`{role_action}` and a verb give `{role_id}:verb`; of a collection, `identities:verb`."""
    before, _, last = template.rpartition("/")
    last = only or re.sub(r"_action}\Z", "_id}", last)
    return f"{before}/{last}:{verb}" if verb else f"{before}/{last}"
