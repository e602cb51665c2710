"""The work behind `keybound bootstrap` and `keybound tenant`, and what they tell the operator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from keybound.domain.errors import PlatformError
from keybound.domain.ids import TenantId

from tools.cli import bootstrap
from tools.cli.admin_binding import Invocation, check_form
from tools.cli.aws_failures import explain
from tools.cli.deployment import Deployment
from tools.cli.first_admin import (
    FirstAdmin,
    create_first_admin,
    find_first_admin,
    new_admin_link,
)
from tools.cli.management_client import ManagementClient
from tools.cli.management_scopes import NewScopes, add_lacking_scopes
from tools.cli.target import Target, TargetError
from tools.cli.tenants import (
    create_first_tenant,
    create_tenant,
    find_first_tenant_id,
    renew_client_secret,
)

KMS_DATA_KEY_PAIR = "kms-data-key-pair"


@dataclass(frozen=True)
class Administrator:
    """Whom to make first."""

    username: str
    invocation: Invocation


@dataclass(frozen=True)
class Outcome:
    """What was made and what was found. Secrets are there only if this run made them.

    problem: why there is no administrator although one was asked for. It is no exception, because
    the client's secret has to be shown all the same.
    """

    client: ManagementClient
    sealing_keys: tuple[str, ...] = ()
    signing_keys: tuple[str, ...] = ()
    admin: FirstAdmin | None = None
    problem: str = ""
    auth_base_url: str = ""
    api_base_url: str = ""

    @property
    def changed(self) -> bool:
        made = self.client.client_secret or (self.admin and self.admin.link)
        return bool(self.sealing_keys or self.signing_keys or made)

    def as_json(self) -> dict[str, Any]:
        client, admin = self.client, self.admin
        return {
            "changed": self.changed,
            "auth_base_url": self.auth_base_url,
            "api_base_url": self.api_base_url,
            "sealing_keys_made": list(self.sealing_keys),
            "signing_keys_published": list(self.signing_keys),
            "tenant_id": client.tenant_id,
            "admin_realm_id": client.admin_realm_id,
            "management": {
                "issuer": client.issuer,
                "token_endpoint": client.token_endpoint,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
            "admin": admin
            and {
                "identity_id": admin.identity_id,
                "username": admin.username,
                "passkeys": admin.passkeys,
                "credential_binding_link": admin.link,
            },
        }


def run_bootstrap(target: Target, display_name: str, admin: Administrator | None) -> Outcome:
    """Make what is missing. Raises TargetError, PlatformError, ClientError, BotoCoreError."""
    if admin is not None:
        check_form(admin.invocation)  # before anything is made
    deployment = target.deployment()
    sealing = bootstrap.create_sealing_keys(deployment)
    signing = _make_signing_keys(target, deployment)
    client = create_first_tenant(deployment, display_name)
    made, problem = _make_admin(deployment, client, admin)
    bases = (deployment.auth_base_url, deployment.api_base_url)
    return Outcome(client, tuple(sealing), tuple(signing), made, problem, *bases)


def run_tenant_create(target: Target, display_name: str, admin: Administrator | None) -> Outcome:
    """Make one more tenant. Raises what run_bootstrap raises."""
    if admin is not None:
        check_form(admin.invocation)
    deployment = target.deployment()
    if find_first_tenant_id(deployment) is None:
        raise TargetError("this deployment has no first tenant yet: run `keybound bootstrap`")
    client = create_tenant(deployment, display_name)
    made, problem = _make_admin(deployment, client, admin)
    bases = (deployment.auth_base_url, deployment.api_base_url)
    return Outcome(client, (), (), made, problem, *bases)


def run_new_secret(target: Target, tenant_id: str) -> Outcome:
    """Replace a tenant's client secret; the first tenant's when no id is given."""
    deployment = target.deployment()
    return Outcome(renew_client_secret(deployment, _tenant(deployment, tenant_id)))


def run_update_scopes(target: Target, tenant_id: TenantId) -> NewScopes:
    """Give a tenant the management scopes that it lacks. No key is used."""
    return add_lacking_scopes(target.deployment(target.names.sealing_alias), tenant_id)


def run_admin_link(target: Target, tenant_id: str, invocation: Invocation | None) -> FirstAdmin:
    """Replace the administrator's open links by a new one."""
    deployment = target.deployment()
    return new_admin_link(deployment, _tenant(deployment, tenant_id), invocation)


def _make_signing_keys(target: Target, deployment: Deployment) -> list[str]:
    """Only where there was none yet: what follows the first key is for `keybound keys`."""
    lacking = bootstrap.unsigned_algorithms(deployment)
    lacking = [alg for alg in lacking if alg in target.deployed_settings().signing_algorithms]
    if target.signing_mode == KMS_DATA_KEY_PAIR:
        return bootstrap.create_signing_key_pairs(deployment, lacking)
    return bootstrap.publish_signing_keys(deployment, target.signing_key_arns(lacking))


def _make_admin(
    deployment: Deployment, client: ManagementClient, admin: Administrator | None
) -> tuple[FirstAdmin | None, str]:
    try:
        if admin is None:
            return find_first_admin(deployment, client), ""
        return create_first_admin(deployment, client, admin.username, admin.invocation), ""
    except (PlatformError, ClientError, BotoCoreError) as error:
        return None, explain(error)


def _tenant(deployment: Deployment, tenant_id: str) -> TenantId:
    known = TenantId(tenant_id) if tenant_id else find_first_tenant_id(deployment)
    if known is None:
        raise TargetError("this deployment has no first tenant yet: run `keybound bootstrap`")
    return known


def tell(outcome: Outcome, say: Callable[[str], None]) -> None:
    """Say what was made, each secret once, and what to do next."""
    client, made = outcome.client, bool(outcome.client.client_secret)
    _tell_keys(outcome, say)
    say(f"tenant             {client.tenant_id}  ({'made' if made else 'exists'})")
    say(f"admin realm        {client.admin_realm_id}")
    say(f"issuer             {client.issuer}")
    say(f"token endpoint     {client.token_endpoint}")
    say(f"client id          {client.client_id}")
    if made:
        say(f"client secret      {client.client_secret}")
        say("                   Keep it now: only its hash is stored, it will not be shown again.")
    else:
        say("client secret      was shown when it was made. If it is lost:")
        say(f"                   keybound tenant new-secret --tenant-id {client.tenant_id}")
    tell_admin(outcome.admin, client.tenant_id, say)


def tell_admin(admin: FirstAdmin | None, tenant_id: str, say: Callable[[str], None]) -> None:
    """Say who the administrator is, and the link once."""
    if admin is None:
        say("administrator      none: say --admin-invoke-url to make one")
        return
    say(f"administrator      {admin.username}, identity {admin.identity_id}  ({_state(admin)})")
    if admin.link:
        say(f"binding link       {admin.link}")
        say(f"                   Open it yourself, before {admin.expires}: whoever binds a passkey")
        say("                   with it is the administrator. It will not be shown again.")
    elif admin.passkeys == 0:
        say("binding link       was shown when it was made. If it is lost or has expired:")
        say(f"                   keybound tenant admin-link --tenant-id {tenant_id}")


def _tell_keys(outcome: Outcome, say: Callable[[str], None]) -> None:
    sealing = ", ".join(outcome.sealing_keys)
    signing = ", ".join(outcome.signing_keys)
    say(f"sealing keys       {f'made: {sealing}' if sealing else 'exist'}")
    say(f"signing keys       {f'published: {signing}' if signing else 'exist'}")


def _state(admin: FirstAdmin) -> str:
    if admin.passkeys is None:
        return "deleted since"
    if admin.link and not admin.passkeys:
        return "made, no passkey yet"
    return f"exists, {admin.passkeys or 'no'} passkey{'s' if admin.passkeys != 1 else ''}"
