"""Where an application may be told of logouts (OpenID Connect Back-Channel Logout 1.0 §2.2)."""

from keybound.directory import redirect_uris
from keybound.directory.application_rules import PROTOCOL
from keybound.domain.application import Application
from keybound.domain.errors import FieldViolation

_LOCAL = ("http://localhost/", "http://localhost:")


def logout_uri_violations(application: Application, *, development: bool) -> list[FieldViolation]:
    """Return what is refused: anything but https, and in development http on localhost."""
    uri = application.backchannel_logout_uri
    if not uri:
        return []
    reason = redirect_uris.refusal(uri, is_public=False)
    if not reason and not uri.startswith("https://"):
        local = development and uri.startswith(_LOCAL)
        reason = "" if local else "must be https"
    return [FieldViolation(f"{PROTOCOL}.backchannel_logout_uri", reason)] if reason else []
