"""What optimistic writes compare: an entity with the revision under which it was read."""

from dataclasses import dataclass
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
