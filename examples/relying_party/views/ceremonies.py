"""The two pages that the service sends browsers to, below the config's `invoke_url`.

Their query strings are for the SDK in the page. This back end does not read them.
"""

from flask import Blueprint, render_template

from examples.relying_party.parts import parts

pages = Blueprint("ceremonies", __name__)


@pages.get("/bind")
def bind() -> str:
    """`/bind?api_base_url=…&tenant_id=…&realm_id=…&identity_id=…&job_id=…&token=…`"""
    return render_template("bind.html")


@pages.get("/bind/done")
def bound() -> str:
    """After a link that names no page of its own; whose account it was for, nobody says here."""
    return render_template("passkey_created.html", by_link=True)


@pages.get("/bi-authenticate")
def authenticate() -> str:
    """`/bi-authenticate?request=…`"""
    settings = parts().settings
    # Another application's request is not served here, however genuine it is.
    own = [settings.automatic.application_id, settings.manual.application_id]
    return render_template("authenticate.html", applications=own)
