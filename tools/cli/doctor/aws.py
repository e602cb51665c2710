"""Checks of what a deployment keeps in AWS: tables, keys, what was bootstrapped, the sender."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from keybound.domain.issuer import management_audience
from keybound.domain.sealing_key import PURPOSES
from keybound.domain.signing_key import SigningKey
from keybound.domain.tenancy import RealmPath
from keybound.signing.data_key_pairs import unwrap as unwrap_pair
from keybound.signing.data_keys import unwrap
from keybound.storage.keys import BY_END, BY_LIST
from keybound.storage.list_indexes import FILTERS
from keybound.storage.resource_servers import ResourceServers
from keybound.storage.schema import TTL_ATTRIBUTE
from keybound.storage.sealing_keys import SealingKeys
from keybound.storage.signing_keys import SigningKeys

from tools.cli.deployment import Deployment
from tools.cli.doctor.findings import Check, Failed, NotChecked
from tools.cli.doctor.management_scopes import management_scopes
from tools.cli.doctor.signing_mode import signing_mode
from tools.cli.target import Target
from tools.cli.tenants import find_first_tenant_id, find_tenant

_DEPLOY = "deploy the state stack again (docs/deploy.md)"
_BOOTSTRAP = "run keybound bootstrap"


@dataclass(frozen=True)
class InAws:
    """What one deployment keeps there."""

    target: Target

    def checks(self) -> list[Check]:
        directory, grants = self.target.directory_table, self.target.grants_table
        return [
            Check("AWS credentials", self.identity),
            Check(
                "table directory",
                lambda: self.table(
                    directory, {BY_LIST, BY_END, *(index.name for index in FILTERS)}
                ),
            ),
            Check("table grants", lambda: self.table(grants, set())),
            Check("backups of directory", lambda: self.backups(directory)),
            Check("backups of grants", lambda: self.backups(grants)),
            Check("expiry of grants", self.time_to_live),
            Check("KMS key for sealing", self.wrapping_key),
            Check("sealing keys unwrap", self.sealing_keys),
            Check("signing keys", self.signing_keys),
            Check("signing mode", lambda: signing_mode(self.target, self._published())),
            Check("first tenant", self.first_tenant),
            Check("management scopes", lambda: management_scopes(self._deployment())),
            Check("mail sender", self.verified_sender),
        ]

    def identity(self) -> str:
        answer = self.target.client("sts").get_caller_identity()
        return f"account {answer['Account']}, as {answer['Arn'].rpartition(':')[2]}"

    def table(self, name: str, indexes: Collection[str]) -> str:
        try:
            known = self.target.client("dynamodb").describe_table(TableName=name)["Table"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                raise
            raise Failed(
                f"there is no table {name}",
                "say --name, --stage and --region of the deployment you mean, or deploy it",
            ) from error
        active = {
            index["IndexName"]
            for index in known.get("GlobalSecondaryIndexes", [])
            if index.get("IndexStatus", "ACTIVE") == "ACTIVE"
        }
        if known["TableStatus"] != "ACTIVE":
            raise Failed(f"{name} is {known['TableStatus']}", "wait until it is active")
        if missing := set(indexes) - active:
            raise Failed(f"{name} lacks the index {', '.join(sorted(missing))}", _DEPLOY)
        return name

    def backups(self, name: str) -> str:
        answer = self.target.client("dynamodb").describe_continuous_backups(TableName=name)
        known = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if known.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise Failed("point-in-time recovery is off", f"switch it on, or {_DEPLOY}")
        return "point-in-time recovery is on"

    def time_to_live(self) -> str:
        """Without it the table only grows; nothing lives longer, since rooms read the clock."""
        name = self.target.grants_table
        answer = self.target.client("dynamodb").describe_time_to_live(TableName=name)
        known = answer["TimeToLiveDescription"]
        if known.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
            raise Failed("TTL is off: the table only grows", f"switch it on, or {_DEPLOY}")
        if known.get("AttributeName") != TTL_ATTRIBUTE:
            raise Failed(f"TTL is by {known.get('AttributeName')}", f"set it to {TTL_ATTRIBUTE}")
        return f"TTL by {TTL_ATTRIBUTE}"

    def wrapping_key(self) -> str:
        return self.target.key_arn(self.target.names.sealing_alias)

    def sealing_keys(self) -> str:
        """Unwrap every version: one that cannot be opened takes with it whatever it sealed."""
        deployment = self._deployment()
        stored, now, opened = SealingKeys(deployment.directory), deployment.clock(), 0
        for purpose in PURPOSES:
            versions = stored.of(purpose)
            if not any(version.active_from <= now for version in versions):
                raise Failed(f"no active key for the purpose {purpose}", _BOOTSTRAP)
            for version in versions:
                unwrap(deployment.kms(), deployment.sealing_key_id, version)
                opened += 1
        return f"{opened}, for {len(PURPOSES)} purposes"

    def signing_keys(self) -> str:
        """Every algorithm's current key must be able to sign."""
        deployment = self._deployment()
        published = self._published()
        current = [key for key in published if key.status == "current"]
        lacking = set(self.target.deployed_settings().signing_algorithms) - {
            key.alg for key in current
        }
        if lacking:
            raise Failed(f"no current {', '.join(sorted(lacking))} key", _BOOTSTRAP)
        for key in current:
            if key.wrapped is not None:
                unwrap_pair(deployment.kms(), deployment.sealing_key_id, key)
                continue
            state = self._key_state(key.kms_key_id)
            if state != "Enabled":
                raise Failed(
                    f"the current {key.alg} key {key.kid} is {state} in KMS",
                    "enable it, or cancel its deletion; if it is lost: publish the other slot and"
                    " keybound keys switch",
                )
        return f"{len(published)} published, {', '.join(sorted(key.alg for key in current))} sign"

    def first_tenant(self) -> str:
        """Its audience is fixed when it is made, so another api base URL shuts everybody out."""
        deployment = self._deployment()
        tenant_id = find_first_tenant_id(deployment)
        if tenant_id is None:
            raise Failed("there is none", _BOOTSTRAP)
        client = find_tenant(deployment, tenant_id)
        where = RealmPath(tenant_id, client.admin_realm_id)
        servers = ResourceServers(deployment.directory, deployment.randomness)
        found = servers.find(where, client.resource_server_id)
        server = found.entity if found else None
        wanted = management_audience(deployment.api_base_url, tenant_id)
        if server is None or server.identifier != wanted:
            made_for = server.identifier if server else "nothing"
            raise Failed(
                f"it was made for {made_for}, not {wanted}",
                "an audience never changes: serve the api host under the address it was made with",
            )
        return str(tenant_id)

    def verified_sender(self) -> str:
        sender = self.target.deployed_settings().sender
        if not sender:
            raise NotChecked("no sender is configured (keybound:sender)")
        ses = self.target.client("sesv2")
        if not self._is_verified(ses, sender):
            domain = sender.rpartition("@")[2]
            if not self._is_verified(ses, domain):
                raise Failed(
                    f"SES has not verified {sender}, nor {domain}",
                    "set the DNS records that SES shows for the domain, then wait for it",
                )
        account = ses.get_account()
        if not account.get("SendingEnabled", True):
            raise Failed("SES has stopped this account's mails", "see the SES console: reputation")
        if not account.get("ProductionAccessEnabled", False):
            raise Failed(
                "SES is in its sandbox: only verified addresses get mails",
                "request production access in the SES console",
            )
        return f"{sender} is verified"

    def current_kids(self) -> set[str]:
        return {key.kid for key in self._published() if key.status == "current"}

    def issuer(self) -> str:
        """Return the first tenant's issuer; empty when there is no tenant."""
        deployment = self._deployment()
        tenant_id = find_first_tenant_id(deployment)
        return find_tenant(deployment, tenant_id).issuer if tenant_id else ""

    def _published(self) -> tuple[SigningKey, ...]:
        return SigningKeys(self._deployment().directory).all()

    def _deployment(self) -> Deployment:
        """By the alias: a sealing key that is amiss must not fail what needs none."""
        return self.target.deployment(self.target.names.sealing_alias)

    def _key_state(self, kms_key_id: str) -> str:
        try:
            known = self.target.client("kms").describe_key(KeyId=kms_key_id)["KeyMetadata"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NotFoundException":
                raise
            return "gone"
        return str(known["KeyState"])

    def _is_verified(self, ses: Any, identity: str) -> bool:
        try:
            answer = ses.get_email_identity(EmailIdentity=identity)
        except ses.exceptions.NotFoundException:
            return False
        return bool(answer["VerifiedForSendingStatus"])
