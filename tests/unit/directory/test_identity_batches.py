"""Deleting many identities: how many at a time."""

import threading
from collections.abc import Sequence
from typing import Any, cast

from keybound.directory.identities import IdentityPorts
from keybound.directory.identity_batches import AT_ONCE, delete_identities
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath

from tests.support.directory_samples import REALM, new_identity

WAIT_S = 20


class Stored:
    """Identities that are there, and are deleted together."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._identities = {each.id: each for each in identities}

    def find_many(self, _: RealmPath, ids: Sequence[IdentityId]) -> list[Identity | None]:
        return [self._identities.get(each) for each in ids]

    def delete_together(self, identities: Sequence[Identity]) -> bool:
        return all(self._identities.pop(each.id) for each in identities)


class MetRemains:
    """Remains that are removed only once eight removals are under way."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(AT_ONCE)
        self.removed: list[IdentityId] = []

    def remove(self, _: RealmPath, identity_id: IdentityId) -> bool:
        self.barrier.wait(WAIT_S)
        self.removed.append(identity_id)
        return True


def test_what_identities_leave_is_cleared_eight_at_a_time() -> None:
    identities = [new_identity(f"ada{n}") for n in range(3 * AT_ONCE)]
    remains, nothing = MetRemains(), cast(Any, None)
    ports = IdentityPorts(cast(Any, Stored(identities)), remains, nothing, lambda: 0, lambda _: b"")
    delete_identities(ports, REALM, [each.id for each in identities])
    assert sorted(remains.removed) == sorted(each.id for each in identities)
