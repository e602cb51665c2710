"""Which binding jobs of a realm, or of one identity, have this state or this delivery method.

Each job's own item makes its entries. A realm finds states by the first index, whose sort key
begins with the delivery method, and delivery methods by the second, whose sort key begins with the
identity, so that it serves one identity too; the third has the states of one identity. Only the
partitions of first and third change with the state: whatever changes it moves them in that write.
An index lags behind by moments, so that what it shows is read again and judged again.
"""

from collections.abc import Mapping
from typing import Any

from keybound.domain.binding_job import BindingJob
from keybound.domain.ids import IdentityId, RealmId, TenantId
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.keys import Key
from keybound.storage.list_indexes import FILTERS
from keybound.storage.realm_lists import Part

STATE = "state"
DELIVERY_METHOD = "delivery_method"
SERVED = ((STATE,), (DELIVERY_METHOD,), (STATE, DELIVERY_METHOD))
"""The sets of attributes that cost what they show."""

MOVES = "f1pk = :f1pk, f3pk = :f3pk"
"""The part of an update's SET that goes with `moved`."""

_BY_STATE, _BY_DELIVERY, _BY_OWN_STATE = FILTERS


def filter_attributes(job: BindingJob) -> Item:
    """Return the attributes that put a job into the indexes."""
    t, r, i = job.tenant_id, job.realm_id, job.identity_id
    by_delivery = keys.filter_sort(job.delivery_method, job.create_time, job.id)
    return {
        **_states(t, r, i, job.state),
        "f1sk": by_delivery,
        "f2pk": keys.filter_partition(t, r, "job.delivery_method", job.delivery_method),
        "f2sk": keys.filter_sort(i, job.create_time, job.id),
        "f3sk": by_delivery,
    }


def moved(job: BindingJob, state: str) -> dict[str, Any]:
    """Return the values of `MOVES` for a job that comes into another state."""
    attributes = _states(job.tenant_id, job.realm_id, job.identity_id, state)
    return {f":{name}": value for name, value in attributes.items()}


def moved_at(place: Key, state: str) -> dict[str, Any]:
    """Return the same for a job of which only the key is known."""
    t, r, i = keys.owner_of(place)
    return {f":{name}": value for name, value in _states(t, r, i, state).items()}


def part_of(path: RealmPath, wanted: Mapping[str, str], owner: IdentityId | None = None) -> Part:
    """Return where to look for a set of attributes of SERVED, in a realm or of one identity."""
    t, r = path.tenant_id, path.realm_id
    state, delivery = wanted.get(STATE, "").upper(), wanted.get(DELIVERY_METHOD, "").upper()
    if not state:
        partition = keys.filter_partition(t, r, "job.delivery_method", delivery)
        return Part(_BY_DELIVERY, partition, f"{owner}#" if owner else "")
    prefix = f"{delivery}#" if delivery else ""
    if owner is None:
        return Part(_BY_STATE, keys.filter_partition(t, r, "job.state", state), prefix)
    own = keys.filter_partition(t, r, "job.own_state", f"{owner}#{state}")
    return Part(_BY_OWN_STATE, own, prefix)


def matches(job: BindingJob, wanted: Mapping[str, str]) -> bool:
    """Whether a job, as it is now, has every value that is asked for; case does not matter."""
    present = {STATE: job.state, DELIVERY_METHOD: job.delivery_method}
    return all(present[name] == value.upper() for name, value in wanted.items())


def _states(t: TenantId, r: RealmId, i: IdentityId, state: str) -> Item:
    return {
        "f1pk": keys.filter_partition(t, r, "job.state", state),
        "f3pk": keys.filter_partition(t, r, "job.own_state", f"{i}#{state}"),
    }
