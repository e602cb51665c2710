"""What optimistic writes compare: an entity with the revision under which it was read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Entity = TypeVar("Entity")


@dataclass(frozen=True)
class Versioned(Generic[Entity]):
    """An entity as stored. A write on condition of `revision` loses to any change in between.

    reference_epoch: rises whenever another item begins to refer to this one.
    """

    entity: Entity
    revision: int
    reference_epoch: int = 0

    def changed_to(self, entity: Entity) -> "Versioned[Entity]":
        """Return what is stored after a change that held."""
        return replace(self, entity=entity, revision=self.revision + 1)


FIRST_REVISION = 1


def created(entity: Entity) -> Versioned[Entity]:
    """Return what is stored after its creation."""
    return Versioned(entity, FIRST_REVISION)


Precondition = Callable[[Versioned[Entity]], None]
"""Raises PreconditionFailed if the caller meant another version than this one. A flow asks it about
what it has read, and its write then holds only for that revision."""


def unconditional(_: object) -> None:
    """The caller means whatever is there."""
