"""One-time passwords by e-mail: six digits that finish one authorization request."""

from dataclasses import dataclass

from keybound.domain.ids import ApplicationId, IdentityId, RealmId, TenantId

LIFETIME_S = 600
DIGITS = 6
MAX_TRIES = 5
MAX_MAILS = 3
RESEND_AFTER_S = 30
OTP_AMR = ("otp",)


@dataclass(frozen=True)
class OneTimePassword:
    """The one item of an authorization request's codes. Times are epoch seconds.

    challenge_hash: base64url SHA-256 of the request's challenge; the item's key. address: as it was
    typed. session_hash: of the secret that only the asking page was given. nonce, kid: what the
    code is derived from, so that it is stored nowhere. tries, mails: counted over all codes of the
    request. ask_id: which asking this is; a newer one voids the code before. identity_id,
    recipient: who it was mailed to and where; both empty until then, and for ever where nobody is
    known by the address. may_create: whether the config then let a code make an identity where
    nobody is known; such a code has a recipient and no identity_id.
    """

    challenge_hash: str
    tenant_id: TenantId
    realm_id: RealmId
    application_id: ApplicationId
    address: str
    session_hash: str
    nonce: str
    kid: str
    asked_at: int
    expires_at: int
    ask_id: str
    tries: int = 0
    mails: int = 0
    identity_id: IdentityId | None = None
    recipient: str = ""
    may_create: bool = False

    def has_ended(self, now: int) -> bool:
        return now >= self.expires_at

    def may_be_followed(self, now: int) -> bool:
        """Whether another code may be asked for with the same request."""
        return self.mails < MAX_MAILS and self.asked_at + RESEND_AFTER_S <= now
