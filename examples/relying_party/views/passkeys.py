"""Making a passkey: the first one of a sign-up, or another one after a fresh sign-in."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party import visitor
from examples.relying_party.failures import Failure
from examples.relying_party.parts import Parts, parts

pages = Blueprint("passkeys", __name__)


@dataclass(frozen=True)
class Owner:
    """The identity that this session may add a passkey to, now."""

    identity_id: str
    name: str
    is_new: bool
    id_token: str = ""


@pages.get("/passkey/new")
def new() -> str | AnyResponse:
    user = visitor.current_user()
    if user and not user.is_fresh(parts().clock()):
        return render_template("confirm.html", user=user)
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
    return jsonify({"link": _fresh_link(p, owner)})


@pages.get("/passkey/created")
def created() -> str | AnyResponse:
    """Where the service sends people after binding (`post_binding_redirect_uri`)."""
    if visitor.current_user():
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
        if not user.is_fresh(now):
            raise Failure(
                403,
                "Please confirm that it is you",
                "It has been a while since you signed in. Load this page again to confirm.",
                action="Confirm",
                target="/passkey/new",
            )
        return Owner(user.subject, user.name, is_new=False, id_token=user.id_token)
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


def _sign_in_first() -> Failure:
    return Failure(
        403,
        "Sign in first",
        "A passkey can be added to an account by its owner only, right after signing in.",
        action="Go to sign-in",
    )
