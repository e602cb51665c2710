"""Making a passkey: the first one of a sign-up or after a mailed code, or another one after a fresh
sign-in by passkey."""

from dataclasses import dataclass, field, replace

from flask import Blueprint, Response, jsonify, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party import visitor
from examples.relying_party.binding_token import HasPasskey, TokenSpent, exchange
from examples.relying_party.failures import Failure
from examples.relying_party.parts import Parts, parts

pages = Blueprint("passkeys", __name__)


@dataclass(frozen=True)
class Owner:
    """The identity that this session may add a passkey to, now."""

    identity_id: str
    name: str
    is_new: bool
    id_token: str = field(default="", repr=False)
    proof: visitor.CodeProof | None = None


@pages.get("/passkey/new")
def new() -> str | AnyResponse:
    p = parts()
    user = visitor.current_user()
    if user and not user.is_fresh(p.clock()):
        has_passkey = bool(p.management.active_passkeys(user.subject))
        if has_passkey or not visitor.open_code_proof(p.clock()):
            return render_template("confirm.html", user=user, has_passkey=has_passkey)
    return render_template("new_passkey.html", owner=_owner())


@pages.post("/passkey/link")
def link() -> Response:
    """Hand a link to our own page, on demand: it is made when the person clicks, used at once.

    200 {link}
    """
    p = parts()
    owner = _owner()
    if owner.is_new and p.management.active_passkeys(owner.identity_id):
        # The right to a first passkey ends with the first passkey.
        visitor.end_enrolment()
        raise _sign_in_first()
    link = _link_for_code(owner.proof) if owner.proof else _fresh_link(p, owner)
    return jsonify({"link": link})


@pages.get("/passkey/created")
def created() -> str | AnyResponse:
    """Where the service sends people after binding (`post_binding_redirect_uri`)."""
    if visitor.current_user():
        visitor.end_code_proof()
        return redirect("/account#passkeys")
    enrolment = visitor.open_enrolment(parts().clock())
    if enrolment and not parts().management.active_passkeys(enrolment.identity_id):
        return redirect("/passkey/new")
    visitor.end_enrolment()
    return render_template("passkey_created.html", name=enrolment.name if enrolment else "")


def _owner() -> Owner:
    """Return whose passkey may be made. Never by anything that was typed: only by the session."""
    now = parts().clock()
    if user := visitor.current_user():
        if user.is_fresh(now):
            return Owner(user.subject, user.name, is_new=False, id_token=user.id_token)
        if proof := visitor.open_code_proof(now):
            return Owner(user.subject, user.name, is_new=False, proof=proof)
        raise _confirm_first("It has been a while since you signed in.")
    if enrolment := visitor.open_enrolment(now):
        return Owner(enrolment.identity_id, enrolment.name, is_new=True)
    raise _sign_in_first()


def _fresh_link(p: Parts, owner: Owner) -> str:
    job = p.management.create_binding_job(
        owner.identity_id,
        p.settings.automatic.authenticator_config_id,
        f"{p.settings.base_url}/passkey/created",
        owner.id_token,
    )
    earlier = visitor.exchange_open_job(owner.identity_id, job.id)
    if earlier:  # one link at a time: the one that was cancelled is of no more use
        p.management.revoke_binding_job(owner.identity_id, earlier)
    return job.link


def _link_for_code(proof: visitor.CodeProof) -> str:
    """The service makes one link for a code. It is kept for a prompt that was cancelled."""
    if proof.link:
        return proof.link
    try:
        link = exchange(proof.issuer, proof.token)
    except (HasPasskey, TokenSpent) as refusal:
        visitor.end_code_proof()
        raise _confirm_first("The code was good for a first passkey, once.") from refusal
    visitor.keep_code_proof(replace(proof, token="", link=link))
    return link


def _confirm_first(why: str) -> Failure:
    return Failure(
        403,
        "Please confirm that it is you",
        f"{why} Load this page again to confirm.",
        action="Confirm",
        target="/passkey/new",
    )


def _sign_in_first() -> Failure:
    return Failure(
        403,
        "Sign in first",
        "A passkey can be added to an account by its owner only, right after signing in.",
        action="Go to sign-in",
    )
