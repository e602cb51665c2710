"""What the room `otp` is built from."""

from functools import cache

from keybound.domain.one_time_password import OneTimePassword
from keybound.edge import aws
from keybound.edge.invocation import invoke_later
from keybound.oauth.otp_start import OtpStart
from keybound.oauth.request_token import RequestTokens
from keybound.storage.one_time_passwords import OneTimePasswords

from functions import composition


@cache
def ports() -> OtpStart:
    """Return the endpoint, wired once per process."""
    known = composition.settings()
    return OtpStart(
        configuration=composition.configuration(),
        tokens=RequestTokens(composition.authenticator("request"), composition.sealer("request")),
        passwords=OneTimePasswords(composition.grants()),
        limit=composition.otp_counts(),
        mac=composition.authenticator("otp"),
        dispatch=dispatch,
        clock=composition.clock,
        randomness=composition.randomness,
        auth_base_url=known.auth_base_url,
        sends_mail=bool(known.mail.sender and known.otp_mail_function),
    )


def dispatch(password: OneTimePassword) -> None:
    """Have the room `otp_mail` see to it. The event holds nothing that is personal or secret."""
    event = {"challenge_hash": password.challenge_hash, "ask_id": password.ask_id}
    invoke_later(aws.functions, composition.settings().otp_mail_function, event)
