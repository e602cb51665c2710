"""One rule for every grant and every use: does a login still stand?"""

from keybound.domain.credential import Credential
from keybound.domain.identity import Identity
from keybound.domain.login import Login


def stands(login: Login | None, identity: Identity | None, credential: Credential | None) -> bool:
    """Whether the login is not revoked, its identity active and not suspended since, and its
    passkey still that one's."""
    return (
        login is not None
        and login.revoked_at == 0
        and may_sign_in(identity, credential)
        and identity is not None
        and login.session_epoch == identity.session_epoch
        and credential is not None
        and (login.identity_id, login.credential_id) == (credential.identity_id, credential.id)
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
