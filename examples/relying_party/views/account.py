"""Who is signed in, what the ID token says, and the passkeys of the account."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from examples.relying_party.failures import ServiceRefused, ServiceUnreachable
from examples.relying_party.management import Passkey
from examples.relying_party.parts import parts
from examples.relying_party.visitor import current_user
from examples.relying_party.words import explained

pages = Blueprint("account", __name__)


@pages.get("/account")
def show() -> Response | str:
    user = current_user()
    if user is None:
        return redirect("/")
    return render_template(
        "account.html",
        user=user,
        claims=explained(user.claims),
        passkeys=_passkeys(user.subject),
    )


def _passkeys(identity_id: str) -> list[Passkey] | None:
    """None when they cannot be read now: the page is of use without them."""
    try:
        return parts().management.active_passkeys(identity_id)
    except (ServiceUnreachable, ServiceRefused):
        return None
