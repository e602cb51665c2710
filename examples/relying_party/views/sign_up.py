"""Signing up creates, and only creates: no name that exists ever leads to its owner's identity."""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from examples.relying_party import visitor
from examples.relying_party.failures import Failure
from examples.relying_party.management import NoMail, Refused, UsernameTaken
from examples.relying_party.parts import parts

pages = Blueprint("sign_up", __name__)

LONGEST = {"name": 64, "username": 64, "email": 254}
#: The service's names of the fields.
FIELDS = {
    "identity.display_name": "name",
    "identity.traits.username": "username",
    "identity.traits.primary_email_address": "email",
}


@pages.post("/sign-up")
def create() -> Response | str | tuple[str, int]:
    """Create the identity and go on to its first passkey, made here or by a mailed link."""
    form = {name: " ".join(request.form.get(name, "").split()) for name in LONGEST}
    form["delivery"] = "mail" if request.form.get("delivery") == "mail" else "here"
    if errors := _problems(form):
        return _again(form, errors, 400)
    try:
        identity_id = parts().management.create_identity(
            form["name"], form["username"], form["email"]
        )
    except UsernameTaken:
        return _again(form, {"username": "That name is taken."}, 409, taken=True)
    except Refused as refused:
        return _again(form, _in_our_words(refused), 400)
    # Kept in this session, so that a cancelled prompt can be tried again by this browser alone.
    visitor.sign_out()
    begun = visitor.Enrolment(
        identity_id, form["name"], form["username"], parts().clock(), form["email"]
    )
    visitor.begin_enrolment(begun)
    if form["delivery"] == "here":
        return redirect("/passkey/new", 303)
    return _mail_link(begun)


@pages.get("/sign-up/mail")
def mailed() -> str:
    """Where the person is told to look into the mail."""
    return render_template("mailed.html", enrolment=_open_enrolment())


@pages.post("/sign-up/mail")
def mail_again() -> Response:
    """Mail another link; the one before is of no more use."""
    return _mail_link(_open_enrolment())


def _mail_link(enrolment: visitor.Enrolment) -> Response:
    p = parts()
    if p.management.active_passkeys(enrolment.identity_id):
        return redirect("/passkey/created", 303)
    try:
        job_id = p.management.mail_binding_link(
            enrolment.identity_id,
            p.settings.automatic.authenticator_config_id,
            f"{p.settings.base_url}/bind/done",
        )
    except NoMail as refusal:
        raise _no_mail(refusal) from refusal
    if earlier := visitor.exchange_open_job(enrolment.identity_id, job_id):
        p.management.revoke_binding_job(enrolment.identity_id, earlier)
    visitor.begin_enrolment(replace(enrolment, mailed=enrolment.mailed + 1))
    return redirect("/sign-up/mail", 303)


def _open_enrolment() -> visitor.Enrolment:
    enrolment = visitor.open_enrolment(parts().clock())
    if enrolment and enrolment.email:
        return enrolment
    raise Failure(
        403,
        "No sign-up is open here",
        "The mail that was sent stays good: open its link. Or begin again.",
    )


def _no_mail(refusal: NoMail) -> Failure:
    title = "No more mail for now" if refusal.too_many else "No mail can reach that address"
    words = "Your account is made. Make its passkey on this device instead."
    return Failure(400, title, words, action="Make the passkey here", target="/passkey/new")


def _problems(form: dict[str, str]) -> dict[str, str]:
    errors = {
        name: f"At most {most} characters, please."
        for name, most in LONGEST.items()
        if len(form[name]) > most
    }
    if not form["name"]:
        errors["name"] = "What should we call you?"
    if not form["username"]:
        errors["username"] = "Choose a username: you can change your name later, not this."
    if form["email"] and "@" not in form["email"]:
        errors["email"] = "This does not look like an e-mail address."
    if form["delivery"] == "mail" and not form["email"]:
        errors["email"] = "Where shall the link go?"
    return errors


def _in_our_words(refused: Refused) -> dict[str, str]:
    errors = {
        FIELDS[field]: f"This is not accepted: {why}."
        for field, why in refused.fields.items()
        if field in FIELDS
    }
    return errors or {"username": "This is not accepted."}


def _again(
    form: dict[str, str], errors: dict[str, str], status: int, *, taken: bool = False
) -> tuple[str, int]:
    return render_template("home.html", form=form, errors=errors, taken=taken), status
