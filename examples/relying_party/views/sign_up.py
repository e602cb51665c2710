"""Signing up creates, and only creates: no name that exists ever leads to its owner's identity."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from examples.relying_party import visitor
from examples.relying_party.management import Refused, UsernameTaken
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
    """Create the identity and go on to its first passkey."""
    form = {name: " ".join(request.form.get(name, "").split()) for name in LONGEST}
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
    visitor.begin_enrolment(
        visitor.Enrolment(identity_id, form["name"], form["username"], parts().clock())
    )
    return redirect("/passkey/new", 303)


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
