"""What the state stack makes, made directly on moto or ministack: tables, keys, aliases."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from keybound.storage import schema
from keybound.storage.table import Table

from functions import manifest
from infra.names import Names
from tools.cli.target import Given, Target, find_target

AUTH_BASE_URL = "https://auth.example.com"
API_BASE_URL = "https://api.example.com"
_SPECS = {"RS256": "RSA_2048", "ES256": "ECC_NIST_P256"}


@dataclass
class DeployedState:
    """A deployment of its own, under a stage that no other test uses. signing: with the KMS keys
    that sign, which take longest to make."""

    endpoint_url: str = ""
    stage: str = field(default_factory=lambda: f"t{secrets.token_hex(5)}")
    signing: bool = True

    def __post_init__(self) -> None:
        self.names = Names(f"keybound-{self.stage}")
        self.dynamodb, self.kms = self.target().client("dynamodb"), self.target().client("kms")
        self._create_tables()
        self._create_key(self.names.sealing_alias, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
        for algorithm, spec in _SPECS.items() if self.signing else ():
            self._create_key(self.names.signing_alias(algorithm, "a"), spec, "SIGN_VERIFY")

    def target(self, **given: Any) -> Target:
        """Return it as the command line would find it; each has clients of its own."""
        given = {"auth_base_url": AUTH_BASE_URL, "api_base_url": API_BASE_URL, **given}
        return find_target(Given(stage=self.stage, endpoint_url=self.endpoint_url, **given))

    @property
    def arguments(self) -> list[str]:
        """The same as options of the command line."""
        endpoint = ["--endpoint-url", self.endpoint_url] if self.endpoint_url else []
        bases = ["--auth-base-url", AUTH_BASE_URL, "--api-base-url", API_BASE_URL]
        return ["--stage", self.stage, *endpoint, *bases]

    @property
    def directory(self) -> Table:
        return Table(lambda: self.dynamodb, self.names.table(manifest.Table.DIRECTORY))

    def items(self) -> list[dict[str, Any]]:
        """Every item of the Directory, in the order of its keys."""
        found = self.dynamodb.scan(TableName=self.directory.name)["Items"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def _create_tables(self) -> None:
        for table, shape in (
            (manifest.Table.DIRECTORY, schema.directory_table),
            (manifest.Table.GRANTS, schema.grants_table),
        ):
            name = self.names.table(table)
            self.dynamodb.create_table(**shape(name))
            self.dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
        self.dynamodb.update_time_to_live(
            TableName=self.names.table(manifest.Table.GRANTS),
            TimeToLiveSpecification={"Enabled": True, "AttributeName": schema.TTL_ATTRIBUTE},
        )

    def _create_key(self, alias: str, spec: str, usage: str) -> None:
        made = self.kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
        self.kms.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
