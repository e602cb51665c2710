"""Builds what rooms of the management API share around the registry of their resource."""

from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from keybound.domain.clock import Clock
from keybound.edge.api_auth import ManagementAuth
from keybound.edge.idempotency import Once
from keybound.edge.paging import PageSealer
from keybound.storage.idempotency import IdempotencyRecords

from functions.composition import clock, deriver, grants, randomness, sealer
from functions.token_judges import management_auth


@cache
def once(*, says_secrets: bool = False) -> Once:
    """Return what answers a creation once for its idempotency key. says_secrets: its answers hold
    some, so the room's role must allow the purpose `derive`."""
    secrets = deriver() if says_secrets else None
    return Once(IdempotencyRecords(grants()), clock, randomness, secrets)


_Registry = TypeVar("_Registry")


@dataclass(frozen=True)
class RegistryPorts(Generic[_Registry]):
    """What a room of the management API needs that keeps one kind of resource in a registry."""

    auth: ManagementAuth
    registry: _Registry
    page_sealer: PageSealer
    clock: Clock
    once: Once


def registry_ports(registry: _Registry, *, says_secrets: bool = False) -> RegistryPorts[_Registry]:
    """Return a room's parts around its registry; the room's wiring caches them."""
    again = once(says_secrets=says_secrets)
    return RegistryPorts(management_auth(), registry, sealer("page"), clock, again)
