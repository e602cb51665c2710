"""Rotating one client secret several times at once, on the adapters."""

import os
import threading
from dataclasses import replace
from typing import Any

import pytest
from keybound.directory.application_settings import NewApplication
from keybound.directory.applications import ApplicationRegistry
from keybound.directory.client_secrets import ClientSecrets
from keybound.domain.application import Application
from keybound.domain.errors import Conflict
from keybound.domain.secrets import hash_secret
from keybound.storage.applications import Applications
from keybound.storage.authenticator_configs import AuthenticatorConfigs
from keybound.storage.realms import Realms
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.table import Table

from tests.support.at_once import at_once
from tests.support.configuration_samples import new_application
from tests.support.directory_samples import REALM

NOW = 1_700_000_000
RUNNERS = 20


class Derived:
    """Secrets of what they are derived from, without a key."""

    def current_kid(self) -> str:
        return "k1"

    def derive(self, item_id: str, version: int, nonce: str, kid: str) -> str:
        return hash_secret(f"{item_id}/{version}/{nonce}/{kid}")


@pytest.fixture
def registry(directory: Table) -> ApplicationRegistry:
    return ApplicationRegistry(
        Realms(directory, os.urandom),
        Applications(directory, os.urandom),
        AuthenticatorConfigs(directory, os.urandom),
        ResourceServers(directory, os.urandom),
        lambda: NOW,
        os.urandom,
        Derived(),
    )


@pytest.fixture
def made(registry: ApplicationRegistry) -> Application:
    application = new_application(
        protocol="oauth2",
        confidentiality="confidential",
        client_secret_hash=hash_secret("the first"),
        grant_types=("client_credentials",),
        redirect_uris=(),
    )
    assert registry.applications.create(application)
    return application


class ReadTogether:
    """Applications whose every runner has read once before any of them goes on."""

    def __init__(self, inner: Any, runners: int) -> None:
        self._inner = inner
        self._barrier = threading.Barrier(runners)
        self._seen = threading.local()

    def find(self, *arguments: Any) -> Any:
        found = self._inner.find(*arguments)
        if not getattr(self._seen, "once", False):
            self._seen.once = True
            self._barrier.wait()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_of_twenty_rotations_at_once_one_is_made_and_the_others_say_so(
    registry: ApplicationRegistry, made: Application
) -> None:
    together = replace(registry, applications=ReadTogether(registry.applications, RUNNERS))
    secrets = ClientSecrets(together)

    results = at_once(RUNNERS, lambda _: secrets.rotate(REALM, made.id, 60, frozenset()))

    answered = [result for result in results if isinstance(result, NewApplication)]
    assert len(answered) == 1
    assert sum(isinstance(result, Conflict) for result in results) == RUNNERS - 1
    stored = registry.get(REALM, made.id).entity
    assert stored.client_secret_hash == hash_secret(answered[0].client_secret)
    assert stored.previous_secret_hash == made.client_secret_hash
    assert stored.previous_secret_expires_at == NOW + 60


def test_a_rotation_and_an_update_at_once_both_hold(
    registry: ApplicationRegistry, made: Application
) -> None:
    together = replace(registry, applications=ReadTogether(registry.applications, 2))
    secrets = ClientSecrets(together)

    def run(number: int) -> NewApplication | Application:
        if number:
            return together.update(REALM, made.id, {"display_name": "Renamed"}, frozenset())
        return secrets.rotate(REALM, made.id, 60, frozenset())

    rotated, _ = at_once(2, run)
    assert isinstance(rotated, NewApplication)
    stored = registry.get(REALM, made.id).entity
    assert stored.display_name == "Renamed"
    assert stored.client_secret_hash == hash_secret(rotated.client_secret)
    assert stored.previous_secret_hash == made.client_secret_hash


def test_a_rotation_of_what_was_deleted_meanwhile_brings_nothing_back(
    registry: ApplicationRegistry, made: Application
) -> None:
    before = registry.read(REALM, made.id)
    registry.delete(REALM, made.id)
    after = replace(before.entity, client_secret_hash=hash_secret("another"))
    assert not registry.applications.replace(before, after)
    assert registry.applications.find(REALM, made.id) is None
