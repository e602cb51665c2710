"""Makes a login of a finished sign-in, and the code that the client gets for it.

However somebody proved who they are, the login's key is the hash of the request's challenge, so
that one authorization request gives one code.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from keybound.domain.application import Application
from keybound.domain.encoding import b64url
from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import CredentialId
from keybound.domain.login import Login, LoginLocator
from keybound.domain.one_time_password import LIFETIME_S as LONGEST_PROOF_S
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.oauth import claims
from keybound.oauth.codes import new_code
from keybound.oauth.errors import AccessDenied, InvalidRequest
from keybound.oauth.ports import LoginCreator, Seal
from keybound.oauth.ports_pushed import PushedRequestConsumer
from keybound.oauth.request_token import OpenedRequest

CODE_LIFETIME_S = 60
CLOCK_SKEW_S = 60
NO_PASSKEY = CredentialId("")
USED = "the request was used already; start the sign-in again"


def challenge_hash_of(opened: OpenedRequest) -> str:
    """Return what names the transaction: base64url SHA-256 of its challenge."""
    return b64url(hashlib.sha256(opened.challenge).digest())


@dataclass(frozen=True)
class SignedIn:
    """Who proved who they are, and how. Without a passkey both its names are empty.

    amr: RFC 8176. use: what else is written in the round of the login; when it says False, nobody
    gets the code, and `refused` is the text that is answered.
    """

    identity: Identity
    amr: tuple[str, ...]
    credential_id: CredentialId = NO_PASSKEY
    credential_hash: str = ""
    use: Callable[[], bool] | None = None
    refused: str = ""


@dataclass(frozen=True)
class NewLogins:
    """Stores logins and hands out their codes."""

    logins: LoginCreator
    pushed: PushedRequestConsumer
    seal: Seal
    randomness: Randomness

    def code_for(
        self, application: Application, opened: OpenedRequest, who: SignedIn, now: int
    ) -> str:
        """Write the login and what belongs to it in one round; return the code.

        Raises InvalidRequest for a request that was used, AccessDenied, Unavailable.
        """
        locator = LoginLocator(challenge_hash_of(opened), who.identity.id, who.credential_hash)
        code, code_hash = new_code(self.seal, self.randomness, locator, opened.issuer)
        login = self._login(application, opened, who, locator, code_hash, now)
        try:
            beside = self._writes_beside(who, opened.sealed.pushed, locator, now)
            *told, created = together(*beside.values(), lambda: self.logins.create(login))
        except Unavailable as error:
            # The login may have been stored, and its code then was in an answer nobody got.
            text = "temporarily unavailable; start the sign-in again"
            raise Unavailable(text, detail=error.detail) from error
        verdict = dict(zip(beside, told, strict=True))
        if not created or not verdict.get("pushed", True):
            raise InvalidRequest(USED)
        if not verdict.get("use", True):
            raise AccessDenied(who.refused, detail="revoked, or its counter was overtaken")
        return code

    def _writes_beside(
        self, who: SignedIn, pushed: str, locator: LoginLocator, now: int
    ) -> dict[str, Callable[[], bool]]:
        """What else is written in the round of the login, if there is anything: the passkey's
        use, and that of the pushed request. When one says no, nobody gets the code."""
        writes: dict[str, Callable[[], bool]] = {}
        if who.use is not None:
            writes["use"] = who.use
        if pushed:
            by = locator.challenge_hash
            writes["pushed"] = lambda: self.pushed.consume(pushed, use_id=by, now=now)
        return writes

    def _login(
        self,
        application: Application,
        opened: OpenedRequest,
        who: SignedIn,
        locator: LoginLocator,
        code_hash: str,
        now: int,
    ) -> Login:
        sealed = opened.sealed
        code_expires_at = now + CODE_LIFETIME_S
        return Login(
            challenge_hash=locator.challenge_hash,
            tenant_id=application.tenant_id,
            realm_id=application.realm_id,
            application_id=application.id,
            client_id=application.client_id,
            identity_id=locator.identity_id,
            credential_id=who.credential_id,
            credential_hash=locator.credential_hash,
            redirect_uri=sealed.redirect_uri,
            redirect_uri_sent=bool(sealed.redirect_uri_sent),
            scope=sealed.scope,
            nonce=sealed.nonce,
            resource=tuple(sealed.resource.split(" ")) if sealed.resource else (),
            code_challenge=sealed.code_challenge,
            dpop_jkt=sealed.dpop_jkt,
            auth_time=now,
            amr=who.amr,
            sid=new_secret(self.randomness, 16),
            code_hash=code_hash,
            code_expires_at=code_expires_at,
            put_id=new_secret(self.randomness, 16),
            # A mailed code outlives the request that it was asked for with: until the last one
            # has ended, no sweep may free the key.
            ttl=max(opened.expires_at + LONGEST_PROOF_S, code_expires_at) + CLOCK_SKEW_S,
            subject=claims.subject(application, who.identity),
            session_epoch=who.identity.session_epoch,
        )
