"""Holds a sign-in to the person that its request was for."""

from keybound.domain.application import Application
from keybound.domain.identity import Identity
from keybound.oauth import claims
from keybound.oauth.errors import AccessDenied
from keybound.oauth.hints import matches_login_hint


def check_expected_person(
    application: Application,
    identity: Identity,
    login_hint: str,
    required_subject: str,
    refused: str,
) -> None:
    """Hold a sign-in to its hints, and to a subject that is nobody else's. Raises AccessDenied.

    required_subject: of an id_token_hint, or empty. refused: the text that is answered.
    """
    subject = claims.subject(application, identity)
    if not matches_login_hint(identity, login_hint):
        raise AccessDenied(refused, detail="login_hint names somebody else")
    if not subject or subject == application.client_id:
        raise AccessDenied(refused, detail="no subject, or the client's own")
    if required_subject not in ("", subject):
        raise AccessDenied(refused, detail="id_token_hint names somebody else")
