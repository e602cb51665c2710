"""Reads a realm out of the Directory, in steps that can be begun anywhere.

A step is what one page holds, and where to go on. Identities and credentials come in the order of
their creation, so what is made meanwhile comes at the end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keybound.domain.group import Group, Role
from keybound.domain.identity import Identity
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.contention import Contention
from keybound.storage.credentials import Credentials
from keybound.storage.groups import Groups
from keybound.storage.identities import Identities
from keybound.storage.memberships import Memberships
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.roles import Roles
from keybound.storage.table import Table
from keybound.storage.themes import Themes

from tools.cli.transfer.records import Members

PAGE = 100
SECTIONS = ("configuration", "groups", "roles", "identities", "credentials", "members")
Start = Mapping[str, str]
Page = Callable[[Start | None], tuple[list[Any], dict[str, str] | None]]


@dataclass(frozen=True)
class Place:
    """Where to go on: a section, a group or role in it, and the key of a list."""

    section: str = SECTIONS[0]
    holder: str = ""
    start: Start | None = None


@dataclass(frozen=True)
class Step:
    found: tuple[object, ...]
    then: Place | None


class RealmReader:
    """All of one realm that an export holds."""

    def __init__(self, directory: Table, randomness: Randomness, realm: Realm) -> None:
        contention = Contention(randomness)
        self._realm = realm
        self._path = RealmPath(realm.tenant_id, realm.id)
        self._themes = Themes(directory, randomness)
        self._configs = AuthenticatorConfigs(directory, randomness)
        self._servers = ResourceServers(directory, randomness)
        self._applications = Applications(directory, randomness)
        self._roles = Roles(directory, randomness)
        self._groups = Groups(directory, contention)
        self._identities = Identities(directory, contention)
        self._credentials = Credentials(directory, contention)
        self._memberships = Memberships(directory, contention)

    def total(self) -> int:
        """Return how many identities and credentials there are, for progress."""
        return self._identities.total(self._path) + self._credentials.total(self._path)

    def steps(self, place: Place) -> Iterator[Step]:
        """Yield all steps from a place on."""
        sections = {
            "configuration": lambda _: iter([Step(self._configuration(), None)]),
            "groups": lambda at: self._pages(self._group_page, at),
            "roles": lambda _: iter([Step(self._roles.of_realm(self._path), None)]),
            "identities": lambda at: self._pages(self._identity_page, at),
            "credentials": lambda at: self._pages(self._credential_page, at),
            "members": self._members,
        }
        first = SECTIONS.index(place.section)
        for number, name in enumerate(SECTIONS[first:], first):
            at = place if name == place.section else Place(name)
            following = SECTIONS[number + 1 : number + 2]
            for step in sections[name](at):
                after = Place(following[0]) if following else None
                yield step if step.then else replace(step, then=after)

    def _configuration(self) -> tuple[object, ...]:
        theme = self._themes.find(self._path)
        return (
            self._realm,
            *((theme.entity,) if theme else ()),
            *self._configs.all(self._path),
            *self._servers.all(self._path),
            *self._applications.all(self._path),
        )

    def _pages(self, page: Page, at: Place) -> Iterator[Step]:
        found, more = page(at.start)
        while more:
            at = replace(at, start=more)
            yield Step(tuple(found), at)
            found, more = page(at.start)
        yield Step(tuple(found), None)

    def _group_page(self, start: Start | None) -> tuple[list[Any], dict[str, str] | None]:
        return self._groups.page(self._path, size=PAGE, skip=0, start=start)

    def _credential_page(self, start: Start | None) -> tuple[list[Any], dict[str, str] | None]:
        return self._credentials.page(self._path, size=PAGE, skip=0, start=start)

    def _identity_page(self, start: Start | None) -> tuple[list[Any], dict[str, str] | None]:
        found, more = self._identities.page(self._path, size=PAGE, skip=0, start=start)
        return [_without_outlived_proof(each) for each in found], more

    def _members(self, place: Place) -> Iterator[Step]:
        """Members of every group and role, in the order of their ids."""
        for holder in self._holders():
            name = f"{type(holder).__name__.lower()} {holder.id}"
            if name < place.holder:
                continue
            start = place.start if name == place.holder else None

            def page(
                start: Start | None, holder: Group | Role = holder
            ) -> tuple[list[Any], dict[str, str] | None]:
                found, more = self._memberships.page(holder, size=PAGE, skip=0, start=start)
                return [_members_of(holder, found)] if found else [], more

            for step in self._pages(page, Place("members", name, start)):
                # The last page of one holder leads to the next: reading it twice does no harm.
                yield step if step.then else replace(step, then=Place("members", f"{name} "))
        yield Step((), None)

    def _holders(self) -> list[Group | Role]:
        groups = [each for step in self._pages(self._group_page, Place()) for each in step.found]
        found: list[Group | Role] = [each for each in groups if isinstance(each, Group)]
        found += self._roles.of_realm(self._path)
        return sorted(found, key=lambda each: (type(each).__name__, each.id))


def _members_of(holder: Group | Role, found: list[Identity]) -> Members:
    ids = tuple(each.id for each in found)
    if isinstance(holder, Role):
        return Members("role", holder.id, ids, holder.resource_server_id)
    return Members("group", holder.id, ids)


def _without_outlived_proof(identity: Identity) -> Identity:
    return identity if identity.email_verified else replace(identity, verified_email="")
