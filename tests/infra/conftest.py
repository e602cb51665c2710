"""One synthesis for the whole run with the settings as they are shipped, and two with others."""

import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.app import REPOSITORY, Deployment, build
from tests.infra.templates import Templates
from tools.layers import build as layers


def shipped_context() -> dict[str, object]:
    context: dict[str, object] = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    return context


def synthesised(folder: Path, chosen: Mapping[str, object], root: Path = REPOSITORY) -> Templates:
    """With these settings over those that are shipped. root: where the sources lie."""
    context = shipped_context() | {f"keybound:{name}": value for name, value in chosen.items()}
    build(context, str(folder), root=root).app.synth()
    return Templates(folder)


def synthesised_as_shipped(folder: Path) -> Templates:
    return synthesised(folder, {})


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """As shipped, in a process whose environment names a region and has (fake) credentials."""
    return synthesised_as_shipped(tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def other_deployment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployment, Templates]:
    """Own domains, disposable, wheels not built; signs with key pairs, both slots still there."""
    folder: Path = tmp_path_factory.mktemp("other")
    certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/0f6d7b3e"
    chosen = {
        "stage": "trial",
        "auth_domain_name": "login.example.com",
        "auth_certificate_arn": certificate,
        "api_domain_name": "api.example.com",
        "signing_mode": "kms-data-key-pair",
        "signing_algorithms": ["RS256"],
        "signing_slots": ["a", "b"],
        "log_retention_days": 7,
        "disposable": True,
    }
    context = shipped_context() | {f"keybound:{name}": value for name, value in chosen.items()}
    deployment = build(context, str(folder), build_folder=folder / "nothing-built")
    deployment.app.synth()
    return deployment, Templates(folder, prefix="keybound-trial", signing_mode="kms-data-key-pair")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """With all that is optional."""
    return synthesised(tmp_path_factory.mktemp("whole"), OPTIONAL)


OPTIONAL: dict[str, object] = {
    "sender": "no-reply@mail.example.com",
    "snap_start": True,
    "watch": True,
    "alarm_email": "ops@example.com",
    "auth_domain_name": "login.example.com",
    "edge_origin_domain_name": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
    "edge_hosted_zone_id": "Z0123456789ABC",
}


@pytest.fixture(scope="session")
def own_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer of wheels built for this machine and this Python; it holds `python/`."""
    return layers.build(
        tmp_path_factory.mktemp("own"),
        platform=f"{platform.machine()}-manylinux_2_28",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
