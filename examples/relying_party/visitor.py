"""What a session remembers: who is signed in, whose sign-up is open, which sign-ins were begun,
and whether a mailed code has just earned somebody a first passkey."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from flask import session

from examples.relying_party.openid import Begun
from examples.relying_party.sessions import ServerSession

#: A passkey is added only this soon after the person showed one.
FRESH_S = 300
#: How long a sign-up may stay without its first passkey.
ENROLMENT_S = 900
#: How long a sign-in may take between our redirect and the answer: a mailed code lives ten minutes.
SIGN_IN_S = 900
#: How long after a mailed code a first passkey may be made.
CODE_PROOF_S = 600
#: An autofill offer that is renewed all day must not fill the session.
MOST_SIGN_INS = 10
#: `amr` of a sign-in by passkey: hardware-secured or software-secured key (RFC 8176 §2).
_PASSKEY = frozenset({"hwk", "swk"})
#: Clocks of the service and of this machine may differ so much.
CLOCK_SKEW_S = 30


@dataclass(frozen=True)
class SignIn:
    """A sign-in that was begun. `confirms` is the subject who must answer, or empty.

    passkey_binding_token: what the service gave with the right code, where a mailed code answers.
    """

    application: str
    begun: Begun
    begun_at: float
    confirms: str = ""
    passkey_binding_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class User:
    """Who is signed in: the claims of a verified ID token, and the token itself."""

    claims: dict[str, Any]
    id_token: str = field(default="", repr=False)

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])

    @property
    def name(self) -> str:
        claims = self.claims
        return str(claims.get("name") or claims.get("preferred_username") or self.subject)

    @property
    def by_passkey(self) -> bool:
        """Whether a passkey was shown; otherwise it was a code that came by mail."""
        amr = self.claims.get("amr")
        return isinstance(amr, list) and not _PASSKEY.isdisjoint(amr)

    def is_fresh(self, now: float) -> bool:
        """Whether a passkey was shown within FRESH_S, by the service's `auth_time`."""
        if not self.by_passkey:
            return False
        auth_time = self.claims.get("auth_time")
        if not isinstance(auth_time, int | float):
            return False
        return -CLOCK_SKEW_S <= now - auth_time < FRESH_S


@dataclass(frozen=True)
class Enrolment:
    """An identity that this very session created and that has no passkey yet.

    mailed: how many links went to its address.
    """

    identity_id: str
    name: str
    username: str
    created_at: float
    email: str = ""
    mailed: int = 0


@dataclass(frozen=True)
class CodeProof:
    """The right to a first passkey that a mailed code has earned: a token, or the link it made."""

    issuer: str
    earned_at: float
    token: str = field(default="", repr=False)
    link: str = field(default="", repr=False)


def current_user() -> User | None:
    return session.get("user")


def sign_in(user: User) -> None:
    """Begin a session for the user that shares nothing with the one before."""
    _session().renew()
    session["user"] = user


def sign_out() -> None:
    _session().end()


def remember_sign_in(sign_in: SignIn) -> None:
    """Keep a sign-in under its state; the oldest make room."""
    begun: dict[str, SignIn] = session.setdefault("sign_ins", {})
    begun[sign_in.begun.state] = sign_in
    for state in list(begun)[:-MOST_SIGN_INS]:
        begun.pop(state, None)


def take_sign_in(state: str, now: float) -> SignIn | None:
    """Return what was begun under this state, once."""
    taken: SignIn | None = session.get("sign_ins", {}).pop(state, None)
    return taken if taken and now - taken.begun_at < SIGN_IN_S else None


def keep_binding_token(state: str, token: str) -> bool:
    """Keep a passkey binding token with the sign-in it came from; False when that is not ours."""
    begun: dict[str, SignIn] = session.get("sign_ins", {})
    if state not in begun:
        return False
    begun[state] = replace(begun[state], passkey_binding_token=token)
    return True


def keep_code_proof(proof: CodeProof) -> None:
    session["code_proof"] = proof


def open_code_proof(now: float) -> CodeProof | None:
    proof: CodeProof | None = session.get("code_proof")
    return proof if proof and now - proof.earned_at < CODE_PROOF_S else None


def end_code_proof() -> None:
    session.pop("code_proof", None)


def begin_enrolment(enrolment: Enrolment) -> None:
    session["enrolment"] = enrolment


def open_enrolment(now: float) -> Enrolment | None:
    enrolment: Enrolment | None = session.get("enrolment")
    return enrolment if enrolment and now - enrolment.created_at < ENROLMENT_S else None


def end_enrolment() -> None:
    session.pop("enrolment", None)


def exchange_open_job(identity_id: str, job_id: str) -> str:
    """Remember the link that is open for the identity; return the job it replaces, or ""."""
    jobs: dict[str, str] = session.setdefault("open_jobs", {})
    earlier = jobs.get(identity_id, "")
    jobs[identity_id] = job_id
    return earlier


def _session() -> ServerSession:
    # Flask's `session` stands for the request's own; methods beyond a mapping pass through it.
    return cast(ServerSession, session)
