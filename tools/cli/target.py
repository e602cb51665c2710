"""Which deployment a command is about: its names, where AWS is, and its base URLs.

Names come from the same settings as the CDK app's, so nobody types a table name or a key's ARN.
Base URLs come from the command line, else from the outputs of the app stack: as the CDK wrote them
(`cdk deploy --outputs-file`), or as CloudFormation tells them. The outputs also tell the settings
that were deployed, which may have been given with `-c` and then stand in no file.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from keybound.domain.clock import SystemClock
from keybound.domain.secrets import system_randomness
from keybound.storage.table import Table

from functions import manifest
from infra.names import Names, names_of
from infra.settings import PREFIX, TOLD, Settings, SettingsError, from_context
from tools.cli.deployment import Deployment

_REPOSITORY = Path(__file__).resolve().parents[2]
_CALLS = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=20
)


class TargetError(Exception):
    """What was said about the deployment is not enough, or wrong; the message says what to do."""


@dataclass(frozen=True)
class Given:
    """What the command line says. Empty means "as in cdk.json", "as AWS is configured", "as the
    stacks' outputs say"."""

    name: str = ""
    stage: str = ""
    region: str = ""
    endpoint_url: str = ""
    stack_outputs: Path | None = None
    auth_base_url: str = ""
    api_base_url: str = ""
    signing_mode: str = ""


@dataclass(frozen=True)
class Target:
    """A deployment within reach. Nothing is called before it is needed.

    settings: those of cdk.json and the command line, which name it.
    """

    given: Given
    settings: Settings
    names: Names
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _outputs: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def signing_mode(self) -> str:
        return self.given.signing_mode or self.deployed_settings().signing_mode

    @property
    def directory_table(self) -> str:
        """The one that the deployment uses, which may be a restored one."""
        return names_of(self.deployed_settings()).table(manifest.Table.DIRECTORY)

    @property
    def grants_table(self) -> str:
        return self.names.table(manifest.Table.GRANTS)

    def client(self, service: str) -> Any:
        """Return a client of an AWS service. Raises BotoCoreError without a region."""
        if service not in self._clients:
            # A session of its own: boto3's default one keeps the credentials that it saw first.
            self._clients[service] = boto3.session.Session().client(
                service,
                # AWS_REGION is what everybody else reads; boto3 knows AWS_DEFAULT_REGION only.
                region_name=self.given.region or os.environ.get("AWS_REGION") or None,
                endpoint_url=self.given.endpoint_url or None,
                config=_CALLS,
            )
        return self._clients[service]

    def base_urls(self) -> tuple[str, str]:
        """Return what the auth and the api host are called. Raises TargetError, ClientError."""
        auth, api = self.given.auth_base_url, self.given.api_base_url
        if not (auth and api):
            outputs = self._known_outputs()
            missing = [name for name in ("AuthBaseUrl", "ApiBaseUrl") if name not in outputs]
            if missing:
                raise TargetError(
                    f"the stack {self.names.stack('app')} has no output"
                    f" {' and no '.join(missing)}: deploy it first (docs/deploy.md), or say"
                    " --auth-base-url and --api-base-url"
                )
            auth = auth or outputs["AuthBaseUrl"]
            api = api or outputs["ApiBaseUrl"]
        return auth, api

    def deployed_settings(self) -> Settings:
        """Return the settings that the app stack was deployed with, as far as it tells them.

        Nobody is asked when the command line gives both base URLs and no outputs: then, and where
        there is no such stack, they are those of cdk.json. Raises ClientError, BotoCoreError."""
        known = self.given.auth_base_url and self.given.api_base_url
        if known and self.given.stack_outputs is None:
            return self.settings
        try:
            told = self._known_outputs().get("Settings", "{}")
        except TargetError:
            return self.settings
        return _overlaid(self.settings, json.loads(told))

    def _known_outputs(self) -> Mapping[str, str]:
        if not self._outputs:
            self._outputs.update(self._find_outputs())
        return self._outputs

    def deployment(self, sealing_key_id: str = "") -> Deployment:
        """Return what bootstrap writes to; without an id the sealing key is looked up and judged.

        Raises TargetError, ClientError, BotoCoreError."""
        auth, api = self.base_urls()
        return Deployment(
            directory=Table(lambda: self.client("dynamodb"), self.directory_table),
            kms=lambda: self.client("kms"),
            sealing_key_id=sealing_key_id or self.key_arn(self.names.sealing_alias),
            auth_base_url=auth,
            api_base_url=api,
            clock=SystemClock(),
            randomness=system_randomness,
        )

    def key_arn(self, alias: str) -> str:
        """Return the key an alias points to now; what is stored must not move with the alias.

        Raises TargetError for an alias without a key, or a key that is not enabled."""
        try:
            known = self.client("kms").describe_key(KeyId=alias)["KeyMetadata"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NotFoundException":
                raise
            raise TargetError(
                f"there is no KMS key {alias} here: deploy the state stack first"
                " (docs/deploy.md), or say --name, --stage and --region of the one you mean"
            ) from error
        if known["KeyState"] != "Enabled":
            raise TargetError(f"the KMS key {alias} is {known['KeyState']}: enable it first")
        return str(known["Arn"])

    def signing_key_arns(self, algorithms: list[str]) -> list[str]:
        """Return the ARNs of the first slot's keys for these algorithms."""
        slot = self.deployed_settings().signing_slots[0]
        return [self.key_arn(self.names.signing_alias(each, slot)) for each in algorithms]

    def _find_outputs(self) -> Mapping[str, str]:
        stack = self.names.stack("app")
        if self.given.stack_outputs is not None:
            return _read_outputs(self.given.stack_outputs).get(stack, {})
        return self._ask_for_outputs(stack)

    def _ask_for_outputs(self, stack: str) -> Mapping[str, str]:
        try:
            answer = self.client("cloudformation").describe_stacks(StackName=stack)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ValidationError":
                raise
            raise TargetError(
                f"there is no stack {stack} here: deploy it first (docs/deploy.md), say --name,"
                " --stage and --region of the one you mean, or --auth-base-url and --api-base-url"
            ) from error
        outputs = answer["Stacks"][0].get("Outputs", [])
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}


def find_target(given: Given, cdk_json: Path = _REPOSITORY / "cdk.json") -> Target:
    """Read the settings and put what the command line says in their place. Raises TargetError."""
    context = json.loads(cdk_json.read_text("utf-8"))["context"]
    for name in ("name", "stage"):
        if said := getattr(given, name):
            context[PREFIX + name] = said
    try:
        settings = from_context(context.get, context)
    except SettingsError as error:
        raise TargetError(str(error)) from error
    return Target(given, settings, names_of(settings))


def _overlaid(settings: Settings, told: Mapping[str, Any]) -> Settings:
    """Put what a stack tells in place of what cdk.json says; what it does not know is left out."""
    context = {f"{PREFIX}{name}": told[name] for name in TOLD if name in told}
    return replace(
        settings,
        **{
            name: getattr(from_context(context.get), name)
            for name in TOLD
            if f"{PREFIX}{name}" in context
        },
    )


def _read_outputs(path: Path) -> Mapping[str, Mapping[str, str]]:
    try:
        content: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TargetError(f"{path} is no file of stack outputs: {error}") from error
    return content
