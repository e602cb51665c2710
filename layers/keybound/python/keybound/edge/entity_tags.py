"""Entity tags of resources, and the preconditions that name them (RFC 9110 §8.8.3, §13.1).

A tag is strong: a hash of the resource as a read shows it and of its revision, so it changes with
either, also when a change was undone. Secrets are no part of what a read shows.

`If-Match` is judged on what a flow has read, and the flow's write holds only for the revision that
it read, so nothing slips in between.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from keybound.domain.errors import PreconditionFailed, refuse_field
from keybound.domain.secrets import hash_secret
from keybound.domain.versioned import Precondition, Versioned
from keybound.edge.errors import NO_STORE
from keybound.edge.http import Request, Response
from keybound.edge.json_body import to_json
from keybound.edge.management import resource

MAX_HEADER = 4096
_TAG_LENGTH = 27
_MEMBER = re.compile(r'[ \t]*(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*"))?[ \t]*(,|\Z)')
_Entity = TypeVar("_Entity")
Content = Callable[[_Entity], dict[str, Any]]


def entity_tag(content: dict[str, Any], revision: int) -> str:
    """Return the strong tag, quotes included."""
    digest = hash_secret(to_json([revision, content]))
    return f'"{digest[:_TAG_LENGTH]}"'


def tagged(
    content: dict[str, Any], revision: int, *, answer: dict[str, Any] | None = None
) -> Response:
    """Answer with a resource and its tag.

    answer: what is said instead of `content`, by answers that hold more than a read shows.
    """
    shown = resource(content if answer is None else answer)
    return shown.with_headers({"etag": entity_tag(content, revision)})


def read_answer(request: Request, found: Versioned[_Entity], content: Content[_Entity]) -> Response:
    """Answer a GET: the resource, or 304 to a caller that has it (RFC 9110 §13.1.2).

    Raises PreconditionFailed for an `If-Match` of another version, BadRequest for a header that
    is no list of tags.
    """
    whole = tagged(content(found.entity), found.revision)
    tag, wanted, known = whole.headers["etag"], *_conditions(request)
    if wanted is not None and not wanted.names(tag):
        raise PreconditionFailed
    if known is not None and known.names(tag, weakly=True):
        return Response(304, headers={**NO_STORE, "etag": tag})
    return whole


def precondition(request: Request, content: Content[_Entity]) -> Precondition[_Entity]:
    """Return what the headers of a change demand: `If-Match`, by strong comparison, and
    `If-None-Match`. Raises BadRequest for a header that is no list of tags."""
    wanted, unwanted = _conditions(request)

    def check(found: Versioned[_Entity]) -> None:
        if wanted is None and unwanted is None:
            return
        tag = entity_tag(content(found.entity), found.revision)
        if wanted is not None and not wanted.names(tag):
            raise PreconditionFailed
        if unwanted is not None and unwanted.names(tag, weakly=True):
            raise PreconditionFailed

    return check


def refuse_precondition(request: Request) -> None:
    """Raises BadRequest for a condition on a call that changes many resources: it names one
    version of one of them, and what cannot be judged is not passed over."""
    for name in ("If-Match", "If-None-Match"):
        if name.lower() in request.headers:
            raise refuse_field(name, "this call changes many resources and judges no versions")


@dataclass(frozen=True)
class _Tags:
    """What a header lists. everything: it is `*`, which any version satisfies."""

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    everything: bool = False

    def names(self, tag: str, *, weakly: bool = False) -> bool:
        """Compare as §8.8.3.2 says: strongly, a weak tag equals none."""
        return self.everything or tag in self.strong or (weakly and tag in self.weak)


def _conditions(request: Request) -> tuple[_Tags | None, _Tags | None]:
    return _tags(request, "If-Match"), _tags(request, "If-None-Match")


def _tags(request: Request, name: str) -> _Tags | None:
    text = request.headers.get(name.lower())
    if text is None:
        return None
    if text.strip(" \t") == "*":
        return _Tags(everything=True)
    found: dict[bool, set[str]] = {False: set(), True: set()}
    place = 0
    while place < len(text):
        member = _MEMBER.match(text, place)
        if member is None or len(text) > MAX_HEADER:
            raise refuse_field(name, 'must be * or a list of entity tags, as in "abc", "def"')
        if member[2] is not None:
            found[member[1] is not None].add(member[2])
        place = member.end()
    if not any(found.values()):
        raise refuse_field(name, 'must be * or a list of entity tags, as in "abc", "def"')
    return _Tags(frozenset(found[False]), frozenset(found[True]))
