"""The registration ceremony's memory, sealed and handed to the browser instead of stored.

It is bound to the job, its token's version, the config and the identity, carries the challenge, and
lives for five minutes. Several may be open: spending the link ends them all.
"""

import json
from dataclasses import asdict, dataclass

from keybound.binding.links import Link
from keybound.binding.ports import SessionSealer
from keybound.domain.encoding import b64url, from_b64url
from keybound.domain.errors import BadRequest, FieldViolation

LIFETIME_S = 300
MAX_LENGTH = 2048
_INVALID = "invalid or expired"


@dataclass(frozen=True)
class BindingSession:
    """challenge: unpadded base64url. expires_at: epoch seconds."""

    challenge: str
    job_id: str
    token_version: int
    authenticator_config_id: str
    identity_id: str
    expires_at: int


def seal_session(sealer: SessionSealer, link: Link, challenge: bytes, now: int) -> str:
    """Return the sealed session of a new ceremony. Raises Unavailable."""
    session = BindingSession(
        challenge=b64url(challenge),
        job_id=link.job.id,
        token_version=link.job.token_version,
        authenticator_config_id=link.config.id,
        identity_id=link.identity.id,
        expires_at=min(now + LIFETIME_S, link.job.expire_time),
    )
    plain = json.dumps(asdict(session), separators=(",", ":")).encode()
    return sealer.seal(plain, _associated_data(link))


def open_session(sealer: SessionSealer, link: Link, sealed: str, now: int) -> bytes:
    """Return the challenge of this link's session. Raises BadRequest naming `binding_session` for
    one that is damaged, another link's, or past its time."""
    if len(sealed) > MAX_LENGTH:
        raise _refused("too long")
    try:
        session = BindingSession(**json.loads(sealer.open(sealed, _associated_data(link))))
    except ValueError as error:
        raise _refused(str(error)) from error
    if now >= session.expires_at:
        raise _refused("expired")
    expected = (link.job.id, link.job.token_version, link.config.id, link.identity.id)
    if expected != (
        session.job_id,
        session.token_version,
        session.authenticator_config_id,
        session.identity_id,
    ):
        raise _refused("of another link")
    return from_b64url(session.challenge)


def _associated_data(link: Link) -> str:
    return f"binding|binding_session|{link.path}"


def _refused(detail: str) -> BadRequest:
    return BadRequest(violations=(FieldViolation("binding_session", _INVALID),), detail=detail)
