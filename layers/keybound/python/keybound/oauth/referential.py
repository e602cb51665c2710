"""Referential access tokens: opaque, `kbat_<sealed place>.<secret>`.

What one says is kept in the Grants and read at each use. The sealed part says where, so that this
read is one batch with the login behind it; associated data names the realm. The secret is derived
from the `jti`, so that a refresh that is repeated says the same token again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keybound.domain.access_token import ReferentialToken, TokenName, TokenPlace
from keybound.domain.ids import ApplicationId, IdentityId, RealmId, TenantId
from keybound.domain.login import LoginLocator
from keybound.domain.secrets import hash_secret
from keybound.oauth.ports import Seal
from keybound.oauth.ports_refresh import SecretDeriver
from keybound.oauth.ports_tokens import ReferentialTokenKeeper

PREFIX = "kbat_"
_MAX_TOKEN_CHARACTERS = 1024
_SUFFIX = 4


@dataclass(frozen=True)
class ShownReferential:
    """A referential token that was opened. login: when a person stands behind it."""

    place: TokenPlace
    login: LoginLocator | None
    secret: str


@dataclass(frozen=True)
class ReferentialTokens:
    """Makes referential tokens. Raises Unavailable when a key or the table cannot be had."""

    seal: Seal
    deriver: SecretDeriver
    keeper: ReferentialTokenKeeper

    def issue(self, content: Mapping[str, Any], login: LoginLocator | None) -> str:
        """Keep what the token says and return it; with the same `jti` the same token again."""
        a = ApplicationId(str(content["iss"]).rpartition("/")[2])
        name = TokenName(content["tenant_id"], content["realm_id"], a, content["jti"])
        who = login.identity_id if login is not None else None
        place = TokenPlace(name, content["iat"], who)
        kid = self.deriver.current_kid()
        secret = self._secret(name.jti, kid)
        kept = self.keeper.keep(
            ReferentialToken(
                tenant_id=name.tenant_id,
                realm_id=name.realm_id,
                application_id=a,
                jti=name.jti,
                secret_hash=hash_secret(secret),
                derive_kid=kid,
                sealed=self.seal.seal(_packed(place, login), _data(name.tenant_id, name.realm_id)),
                token_suffix=secret[-_SUFFIX:],
                claims=json.dumps(content, separators=(",", ":")),
                scope=str(content.get("scope", "")),
                issued_at=content["iat"],
                expires_at=content["exp"],
                identity_id=who,
            )
        )
        return f"{PREFIX}{kept.sealed}.{self._secret(kept.jti, kept.derive_kid)}"

    def _secret(self, jti: str, kid: str) -> str:
        return self.deriver.derive(f"ACCESS#{jti}", 1, jti, kid)


def is_referential(token: str) -> bool:
    """Whether a token has the form of a referential one; no other kind begins like it."""
    return token.startswith(PREFIX)


def open_referential(seal: Seal, t: TenantId, r: RealmId, token: str) -> ShownReferential:
    """Return what a referential token of this realm says. Raises ValueError, Unavailable."""
    sealed, dot, secret = token.removeprefix(PREFIX).partition(".")
    if not dot or not secret or not token.isascii() or len(token) > _MAX_TOKEN_CHARACTERS:
        raise ValueError("not a referential token")
    a, jti, issued_at, who, challenge_hash, credential_hash = json.loads(
        seal.open(sealed, _data(t, r))
    )
    name = TokenName(t, r, ApplicationId(a), jti)
    if not who:
        return ShownReferential(TokenPlace(name, issued_at), None, secret)
    login = LoginLocator(challenge_hash, IdentityId(who), credential_hash)
    return ShownReferential(TokenPlace(name, issued_at, login.identity_id), login, secret)


def _packed(place: TokenPlace, login: LoginLocator | None) -> bytes:
    owner = ["", "", ""]
    if login is not None:
        owner = [login.identity_id, login.challenge_hash, login.credential_hash]
    content = [place.name.application_id, place.name.jti, place.issued_at, *owner]
    return json.dumps(content, separators=(",", ":")).encode()


def _data(t: TenantId, r: RealmId) -> str:
    return f"locator|referential|{t}/{r}"
