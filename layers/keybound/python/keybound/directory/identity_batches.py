"""Deletion of many identities at once (docs/adr/0037-subjects-are-not-handed-on.md)."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from keybound.directory.identities import IdentityPorts, delete_identity
from keybound.domain.errors import BatchNotFound, NotFound, Unavailable
from keybound.domain.ids import IdentityId, is_hex_id
from keybound.domain.parallel import together
from keybound.domain.tenancy import RealmPath

MAX_TOGETHER = 16
AT_ONCE = 8
LONGEST_S = 20
"""After that nothing more is begun: the gateway waits for 29 seconds, and who waited in vain does
not know what was done."""


def delete_identities(ports: IdentityPorts, path: RealmPath, ids: Sequence[str]) -> None:
    """Remove identities of a realm: none of them, if one does not exist.

    Beyond 16 it takes several transactions. What changes or goes meanwhile is removed as it is
    then, or was removed already. Raises BatchNotFound; Unavailable when AWS fails in the middle or
    20 seconds were not enough, and then the repeat clears on and names those that are gone.
    """
    until = ports.clock() + LONGEST_S
    known = [IdentityId(each) for each in ids if is_hex_id(each)]
    found = dict(zip(known, ports.identities.find_many(path, known), strict=True))
    if missing := tuple(each for each in ids if found.get(IdentityId(each)) is None):
        _clear(ports, path, [each for each in known if found[each] is None], until)
        raise BatchNotFound("Identity", missing)
    identities = [identity for identity in found.values() if identity is not None]
    for first in range(0, len(identities), MAX_TOGETHER):
        _check_time(ports, until)
        part = identities[first : first + MAX_TOGETHER]
        if ports.identities.delete_together(part):
            continue
        for identity in part:
            with suppress(NotFound):
                delete_identity(ports, path, identity.id)
    _clear(ports, path, known, until)


def _check_time(ports: IdentityPorts, until: int) -> None:
    if ports.clock() >= until:
        raise Unavailable(detail="a batch took longer than a call may")


def _clear(ports: IdentityPorts, path: RealmPath, ids: Sequence[IdentityId], until: int) -> None:
    for first in range(0, len(ids), AT_ONCE):
        _check_time(ports, until)
        part = ids[first : first + AT_ONCE]
        together(*(partial(ports.remains.remove, path, each) for each in part))
