"""The first page: sign up, or sign in."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from examples.relying_party.visitor import current_user

pages = Blueprint("home", __name__)


@pages.get("/")
def show() -> Response | str:
    if current_user():
        return redirect("/account")
    return render_template("home.html", form={}, errors={}, taken=False)
