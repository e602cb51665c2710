"""Deployments into ministack: the templates as shipped, and in the other signing mode."""

import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.deploy.journey import Management, Person, new_person, new_realm
from tests.deploy.local_cloud import LocalDeployment
from tests.infra.conftest import synthesised
from tests.infra.templates import Templates
from tests.support.ministack import running_ministack
from tools.cli import bootstrap
from tools.cli.first_steps import run_bootstrap
from tools.layers import build as layers

SENDER = "no-reply@mail.example.com"
WATCHED: dict[str, object] = {"sender": SENDER, "watch": True}


@dataclass(frozen=True)
class Variant:
    """How a deployment differs. roles: whether IAM is enforced."""

    name: str
    roles: bool = True
    signing_mode: str = "kms"


ROLES, PAIRS, NO_ROLES = (
    Variant("each role enforced"),
    Variant("each role enforced, key pairs", signing_mode="kms-data-key-pair"),
    Variant("no role enforced", roles=False),
)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer of wheels for this machine and this Python."""
    return layers.build(
        tmp_path_factory.mktemp("wheels"),
        platform=f"{platform.machine()}-manylinux_2_28",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


@pytest.fixture(scope="session")
def templates_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Templates]:
    """The templates of a signing mode, with a sender and the watch stack; each made once."""

    @cache
    def made(signing_mode: str) -> Templates:
        folder = tmp_path_factory.mktemp("templates")
        return synthesised(folder, WATCHED | {"signing_mode": signing_mode})

    return made


@contextmanager
def deployment(
    folder: Path, wheels: Path, templates: Templates, *, roles: bool
) -> Iterator[LocalDeployment]:
    """Deploy the templates into a ministack of their own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTH", "true" if roles else "false")  # ministack's switch for IAM
        environment.setenv("AWS_ACCESS_KEY_ID", "test")  # whom it takes for the account's root
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.delenv("AWS_SESSION_TOKEN", raising=False)
        with running_ministack(folder) as url:
            deployed = LocalDeployment(url, wheels)
            deployed.deploy(templates)
            yield deployed


@pytest.fixture(scope="module", params=[ROLES, PAIRS, NO_ROLES], ids=lambda variant: variant.name)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Every test of a module that uses this runs against each deployment."""
    found: Variant = request.param
    return found


@pytest.fixture(scope="module")
def deployed(
    variant: Variant,
    wheels: Path,
    templates_of: Callable[[str], Templates],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalDeployment]:
    templates = templates_of(variant.signing_mode)
    folder = tmp_path_factory.mktemp("ministack")
    with deployment(folder, wheels, templates, roles=variant.roles) as made:
        yield made


def operator_of(deployed: LocalDeployment) -> bootstrap.Deployment:
    """What an operator with credentials for the account works on."""
    return deployed.target().deployment()


def first_tenant(deployed: LocalDeployment) -> bootstrap.ManagementClient:
    """Fill the tables as `keybound bootstrap` does: sealing keys, signing keys in the mode that the
    stack's outputs tell, and a tenant with its managed application."""
    return run_bootstrap(deployed.target(), "Deployed", None).client


@pytest.fixture(scope="module")
def operator(deployed: LocalDeployment) -> bootstrap.Deployment:
    return operator_of(deployed)


@pytest.fixture(scope="module")
def client(deployed: LocalDeployment) -> bootstrap.ManagementClient:
    """The managed application of a new tenant."""
    return first_tenant(deployed)


@pytest.fixture(scope="module")
def manage(deployed: LocalDeployment, client: bootstrap.ManagementClient) -> Management:
    return new_realm(deployed, client)


@pytest.fixture(scope="module")
def person(deployed: LocalDeployment, manage: Management) -> Person:
    return new_person(deployed, manage)
