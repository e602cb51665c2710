"""Which identities of a realm have this username, e-mail address, external id or status.

A username leads to one identity by its claim. The others have an index each, whose entries the
identity's own item makes; its sort key begins with the status, so that the two can be asked for
together. An index lags behind by moments, so that what it shows is read again and judged again.
"""

from collections.abc import Mapping

from keybound.domain.identity import Identity, normalised_email, normalised_username
from keybound.domain.tenancy import RealmPath
from keybound.storage import keys
from keybound.storage.codec import Item
from keybound.storage.list_indexes import FILTERS
from keybound.storage.realm_lists import Part

USERNAME = "traits.username"
EMAIL = "traits.primary_email_address"
EXTERNAL_ID = "traits.external_id"
STATUS = "status"
_INDEXED = (EMAIL, EXTERNAL_ID, STATUS)

SERVED = (
    (USERNAME,),
    (EMAIL,),
    (EXTERNAL_ID,),
    (STATUS,),
    (USERNAME, STATUS),
    (EMAIL, STATUS),
    (EXTERNAL_ID, STATUS),
)
"""The sets of attributes that cost what they show."""


def filter_attributes(identity: Identity) -> Item:
    """Return the attributes that put an identity into the indexes; a trait it lacks has none."""
    path = RealmPath(identity.tenant_id, identity.realm_id)
    found: Item = {}
    for index, attribute in zip(FILTERS, _INDEXED, strict=True):
        if value := _compared(attribute, _value(identity, attribute)):
            found[index.pk] = keys.filter_partition(path.tenant_id, path.realm_id, attribute, value)
            found[index.sk] = keys.filter_sort(identity.status, identity.create_time, identity.id)
    return found


def part_of(path: RealmPath, wanted: Mapping[str, str]) -> Part:
    """Return where to look for a set of attributes of SERVED without a username."""
    narrow = next((name for name in (EMAIL, EXTERNAL_ID) if name in wanted), STATUS)
    index = FILTERS[_INDEXED.index(narrow)]
    value = _compared(narrow, wanted[narrow])
    partition = keys.filter_partition(path.tenant_id, path.realm_id, narrow, value)
    return Part(index, partition, f"{wanted[STATUS].lower()}#" if STATUS in wanted else "")


def matches(identity: Identity, wanted: Mapping[str, str]) -> bool:
    """Whether an identity, as it is now, has every value that is asked for."""
    return all(
        _compared(name, _value(identity, name)) == _compared(name, value)
        for name, value in wanted.items()
    )


def _value(identity: Identity, attribute: str) -> str:
    if attribute == STATUS:
        return identity.status
    return identity.traits.get(attribute.removeprefix("traits."), "")


def _compared(attribute: str, value: str) -> str:
    """The form in which values are compared: user names and addresses know no case, external ids
    do (RFC 7643 §3.1, §4.1)."""
    if attribute == USERNAME:
        return normalised_username(value)
    if attribute == STATUS:
        return value.lower()
    return normalised_email(value) if attribute == EMAIL else value
