"""One rule for every grant and every use: does a login still stand?"""

from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.login import Login
from keybound.domain.one_time_password import OTP_AMR


def stands(login: Login | None, identity: Identity | None, credential: Credential | None) -> bool:
    """Whether the login is not revoked, its identity active and not suspended since, and its
    passkey still that one's. A login by one-time password has none."""
    if login is None or identity is None or login.revoked_at != 0:
        return False
    if (login.identity_id, login.session_epoch) != (identity.id, identity.session_epoch):
        return False
    if not login.credential_id:
        return login.amr == OTP_AMR and identity.is_active
    return (
        may_sign_in(identity, credential)
        and credential is not None
        and login.credential_id == credential.id
    )


def may_sign_in(identity: Identity | None, credential: Credential | None) -> bool:
    """Whether this identity is active and this active passkey is its own."""
    return (
        identity is not None
        and credential is not None
        and identity.is_active
        and credential.is_active
        and credential.identity_id == identity.id
    )
