"""The templates as shipped, deployed once, with each function's role enforced."""

import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from keybound.domain.secrets import system_randomness
from keybound.storage.table import Table

from tests.deploy.local_cloud import LocalDeployment
from tests.infra.conftest import synthesised_as_shipped
from tests.support.ministack import running_ministack
from tools.cli import bootstrap
from tools.layers import build as layers


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    folder: Path = tmp_path_factory.mktemp("ministack")
    wheels = layers.build(
        tmp_path_factory.mktemp("wheels"),
        platform=f"{platform.machine()}-manylinux_2_28",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    templates = synthesised_as_shipped(tmp_path_factory.mktemp("shipped"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTH", "true")  # ministack's switch for IAM
        environment.setenv("AWS_ACCESS_KEY_ID", "test")  # whom it takes for the account's root
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.delenv("AWS_SESSION_TOKEN", raising=False)
        with running_ministack(folder) as url:
            deployment = LocalDeployment(url, templates)
            deployment.deploy(wheels)
            yield deployment


@pytest.fixture(scope="module")
def operator(deployed: LocalDeployment) -> bootstrap.Deployment:
    """What an operator with credentials for the account fills the tables through."""
    names = deployed.outputs
    return bootstrap.Deployment(
        directory=Table(lambda: deployed.client("dynamodb"), names["DirectoryTableName"]),
        kms=lambda: deployed.client("kms"),
        sealing_key_id=names["SealingKeyArn"],
        auth_base_url=names["AuthBaseUrl"],
        api_base_url=names["ApiBaseUrl"],
        clock=lambda: int(time.time()),
        randomness=system_randomness,
    )


@pytest.fixture(scope="module")
def client(deployed: LocalDeployment, operator: bootstrap.Deployment) -> bootstrap.ManagementClient:
    """The managed application of a new tenant."""
    bootstrap.create_sealing_keys(operator)
    slots = (deployed.outputs["SigningKeyRS256AArn"], deployed.outputs["SigningKeyES256AArn"])
    bootstrap.publish_signing_keys(operator, slots)
    return bootstrap.create_tenant(operator, "Deployed")
