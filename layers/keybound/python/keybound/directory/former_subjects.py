"""Usernames and e-mail addresses that another identity has left
(docs/adr/0037-subjects-are-not-handed-on.md)."""

from collections.abc import Callable
from typing import TypeVar

from keybound.directory.ports import SubjectFields, SubjectWasAnothers
from keybound.domain.errors import Conflict
from keybound.domain.identity import EMAIL, USERNAME
from keybound.domain.tenancy import RealmPath

SUBJECTS = frozenset({USERNAME, EMAIL})
_WAS_ANOTHERS = (
    "the username or e-mail address was another identity's, and applications know people by it; "
    "allow_subject_reuse hands it on"
)
_Written = TypeVar("_Written")


def mindful(
    fields: SubjectFields,
    path: RealmPath,
    allowed: bool,
    write: Callable[[frozenset[str]], _Written],
) -> _Written:
    """Write, and mind only those former subjects by which some application knows people.

    write: takes the kinds that may be reused. Raises Conflict when one that is minded is not.
    """
    try:
        return write(SUBJECTS if allowed else frozenset())
    except SubjectWasAnothers:
        unminded = SUBJECTS - frozenset(fields.in_use(path))
    try:
        return write(unminded)
    except SubjectWasAnothers:
        raise Conflict(_WAS_ANOTHERS) from None
