"""Logins in the Grants table, and the reads that say whether they still stand.

Satisfies LoginCreator, CodeBurner, LoginReader and PasskeyReader of `keybound.oauth.ports`.
"""

from collections.abc import Callable
from typing import Any

from keybound.domain.application import Application
from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, RealmId, TenantId
from keybound.domain.login import Login, LoginLocator
from keybound.oauth.ports import CodeReplayed, LiveLogin, Passkeys, Redemption
from keybound.storage import keys
from keybound.storage.codec import Item, decode, encode
from keybound.storage.login_items import login_item, login_of
from keybound.storage.table import ConditionFailed, Table, batch_get


class Logins:
    """Creates logins and burns their codes: each by one conditional write."""

    def __init__(self, grants: Table) -> None:
        self._table = grants

    def create(self, login: Login) -> bool:
        item = login_item(login)
        try:
            self._table.put(item, "attribute_not_exists(pk)")
        except ConditionFailed as failed:
            return failed.item is not None and failed.item.get("put_id") == login.put_id
        return True

    def burn(self, redemption: Redemption, *, ttl: int) -> Login | None:
        condition, values = _redeemable(redemption)
        change, names = (
            "SET used_at = :now, burn_id = :burn, access_expires_at = :ends, #ttl = :ttl",
            {"#ttl": "ttl"},
        )
        if redemption.family is not None:
            change, names = change + ", #f = :family", {**names, "#f": "family"}
            values[":family"] = encode(redemption.family)
        try:
            item = self._table.update(
                keys.login(redemption.locator.challenge_hash),
                change,
                condition + " AND used_at = :zero AND code_expires_at > :now",
                names=names,
                values={
                    **values,
                    ":now": redemption.now,
                    ":burn": redemption.burn_id,
                    ":ends": redemption.access_expires_at,
                    ":ttl": ttl,
                },
            )
        except ConditionFailed as failed:
            return self._judge(redemption, failed.item)
        return login_of(item)

    def undo(self, redemption: Redemption) -> bool:
        try:
            self._table.update(
                keys.login(redemption.locator.challenge_hash),
                "SET used_at = :zero REMOVE burn_id, #f",
                "burn_id = :burn AND revoked_at = :zero",
                names={"#f": "family"},
                values={":zero": 0, ":burn": redemption.burn_id},
            )
        except ConditionFailed as failed:
            return failed.item is not None and failed.item["revoked_at"] == 0
        return True

    def put_pointer(self, of: Application, locator: LoginLocator, *, now: int, ttl: int) -> None:
        who, challenge_hash = locator.identity_id, locator.challenge_hash
        key = keys.login_pointer(of.tenant_id, of.realm_id, who, challenge_hash)
        said = {"application_id": of.id, "issued_at": now, "ttl": ttl}
        self._table.put({**key._asdict(), **said})

    def _judge(self, redemption: Redemption, item: Item | None) -> Login | None:
        """Tell our own repeated write, a replay that must revoke, and a mere failure apart."""
        if item is None:
            return None
        if item.get("burn_id") == redemption.burn_id and item["revoked_at"] == 0:
            return login_of(item)
        if item["used_at"] != 0 and self._revoke_if_replayed(redemption):
            raise CodeReplayed
        return None

    def _revoke_if_replayed(self, redemption: Redemption) -> bool:
        condition, values = _redeemable(redemption)
        try:
            self._table.update(
                keys.login(redemption.locator.challenge_hash),
                "SET revoked_at = :now",
                condition + " AND used_at > :zero",
                values={**values, ":now": redemption.now},
            )
        except ConditionFailed:
            return False
        return True


class LiveLogins:
    """Reads logins and who stands behind them: one consistent batch."""

    def __init__(self, client: Callable[[], Any], directory: Table, grants: Table) -> None:
        self._client = client
        self._directory = directory
        self._grants = grants

    def read(self, t: TenantId, r: RealmId, locator: LoginLocator) -> LiveLogin:
        owner = owner_keys(t, r, locator)
        found = batch_get(
            self._client,
            {
                self._grants.name: [keys.login(locator.challenge_hash)],
                self._directory.name: owner,
            },
        )
        return live_login(found[self._grants.name][0], *found[self._directory.name])


class PasskeyOwners:
    """Reads an identity and one of its credentials in one consistent batch."""

    def __init__(self, directory: Table) -> None:
        self._table = directory

    def read(self, t: TenantId, r: RealmId, i: IdentityId, credential_hash: str) -> Passkeys:
        wanted = [keys.identity(t, r, i), keys.credential(t, r, credential_hash)]
        return _passkeys(*self._table.get_many(wanted))


def owner_keys(t: TenantId, r: RealmId, locator: LoginLocator) -> list[keys.Key]:
    """Return the keys of the identity and the passkey behind a login."""
    owner = keys.identity(t, r, locator.identity_id)
    return [owner, keys.credential(t, r, locator.credential_hash)]


def live_login(login: Item | None, identity: Item | None, credential: Item | None) -> LiveLogin:
    """Return a login with who stands behind it, from their items."""
    found = _passkeys(identity, credential)
    return LiveLogin(login_of(login) if login else None, found.identity, found.credential)


def _passkeys(identity: Item | None, credential: Item | None) -> Passkeys:
    return Passkeys(
        decode(Identity, identity) if identity else None,
        decode(Credential, credential) if credential else None,
    )


def _redeemable(redemption: Redemption) -> tuple[str, dict[str, Any]]:
    """Everything a redemption must match, whether the code was used already or not.

    The secret is 256 random bits and only its hash is compared, so the table's comparison, which
    is not constant-time, gives nothing away.
    """
    conditions = ["code_hash = :hash", "client_id = :client", "revoked_at = :zero"]
    values: dict[str, Any] = {
        ":hash": redemption.code_hash,
        ":client": redemption.client_id,
        ":zero": 0,
    }
    if redemption.redirect_uri:
        conditions.append("redirect_uri = :uri")
        values[":uri"] = redemption.redirect_uri
    else:
        conditions.append("redirect_uri_sent = :no")
        values[":no"] = False
    if redemption.code_challenge:
        conditions.append("code_challenge = :challenge")
        values[":challenge"] = redemption.code_challenge
    else:
        conditions.append("attribute_not_exists(code_challenge)")
    if redemption.jkt:
        conditions.append("(attribute_not_exists(dpop_jkt) OR dpop_jkt = :jkt)")
        values[":jkt"] = redemption.jkt
    else:
        conditions.append("attribute_not_exists(dpop_jkt)")
    return " AND ".join(conditions), values
