"""Signing in over OpenID Connect: how it begins, and the callback where it ends."""

import re

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from examples.relying_party import visitor
from examples.relying_party.failures import Failure
from examples.relying_party.openid import SignInRefused
from examples.relying_party.parts import AUTOMATIC, MANUAL, parts

pages = Blueprint("sign_in", __name__)

#: What can stand in an Authorization header (RFC 6750 §2.1).
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")


@pages.get("/sign-in/automatic")
def automatic() -> AnyResponse:
    """Send the browser to authorize; the service sends it back to our /bi-authenticate."""
    return redirect(_begin(AUTOMATIC))


@pages.post("/sign-in/manual")
def manual() -> Response:
    """Give our own page an authorize URL to fetch. 200 {authorize_url}"""
    return jsonify({"authorize_url": _begin(MANUAL)})


@pages.get("/sign-in/code")
def by_code() -> str:
    """The page that asks for a code by mail; its script begins sign-ins in manual invocation."""
    return render_template("code.html")


@pages.post("/sign-in/code/token")
def keep_token() -> Response:
    """Take `state` and `passkey_binding_token` from our page, just before the callback. 200 {}

    It stays with the sign-in of that state and is of use only if that one succeeds.
    """
    token = request.form.get("passkey_binding_token", "")
    state = request.form.get("state", "")
    if not BEARER_TOKEN.fullmatch(token) or not visitor.keep_binding_token(state, token):
        raise SignInRefused
    return jsonify({})


@pages.get("/sign-in/confirm")
def confirm() -> AnyResponse:
    """Ask the person who is signed in to show a passkey now (OIDC Core §3.1.2.1)."""
    user = visitor.current_user()
    if user is None:
        return redirect("/")
    return redirect(_begin(AUTOMATIC, confirms=user.subject, prompt="login", max_age=0))


@pages.get("/callback")
def callback() -> AnyResponse:
    p = parts()
    answer = request.args.to_dict()
    begun = visitor.take_sign_in(answer.get("state", ""), p.clock())
    if begun is None:
        # Not begun by this browser: somebody else's answer must not sign it in (login CSRF).
        raise SignInRefused
    client = p.clients[begun.application]
    if "error" in answer:
        raise _not_signed_in(answer, begun, ours=client.answered_by_our_issuer(answer))
    user = visitor.User(*client.finish(answer, begun.begun))
    if begun.confirms:
        return _confirmed(user, begun)
    visitor.sign_in(user)
    if begun.passkey_binding_token:
        proof = visitor.CodeProof(client.issuer, p.clock(), begun.passkey_binding_token)
        visitor.keep_code_proof(proof)
    return redirect("/account")


@pages.post("/sign-out")
def sign_out() -> AnyResponse:
    visitor.sign_out()
    return redirect("/", 303)


def _begin(application: str, *, confirms: str = "", **parameters: str | int) -> str:
    p = parts()
    url, begun = p.clients[application].begin(**parameters)
    visitor.remember_sign_in(visitor.SignIn(application, begun, p.clock(), confirms))
    return url


def _confirmed(user: visitor.User, begun: visitor.SignIn) -> AnyResponse:
    """Go on to the new passkey, if the same person answered and did so just now."""
    signed_in = visitor.current_user()
    if signed_in is None or not signed_in.subject == begun.confirms == user.subject:
        raise Failure(
            403,
            "That passkey belongs to another account",
            "You are still signed in as before, and nothing was added.",
            action="Try again",
            target="/passkey/new",
        )
    if not user.by_passkey:
        raise Failure(
            403,
            "A code is not enough here",
            "Whoever adds a passkey can come in for good, so show the one that you have.",
            action="Try again",
            target="/passkey/new",
        )
    if not user.is_fresh(parts().clock()):
        raise SignInRefused
    visitor.sign_in(user)
    return redirect("/passkey/new")


def _not_signed_in(answer: dict[str, str], begun: visitor.SignIn, *, ours: bool) -> Failure:
    """Say it in our words: `error_description` may have been written by anybody."""
    if not ours or answer["error"] != "access_denied":
        return SignInRefused()
    return Failure(
        403,
        "You stopped the sign-in",
        "Nothing was changed. You can start again whenever you like.",
        target="/account" if begun.confirms else "/",
        action="Back to your account" if begun.confirms else "Back to sign-in",
    )
