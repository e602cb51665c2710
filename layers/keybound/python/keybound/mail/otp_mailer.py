"""Writes and sends the mail that carries a one-time password."""

from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.mail import Sending
from keybound.domain.one_time_password import OneTimePassword
from keybound.mail.binding_mailer import Realms, branding_of, wishes
from keybound.mail.branding import Branding
from keybound.mail.compose import compose
from keybound.mail.languages import choose, moment
from keybound.mail.letter import Letter
from keybound.mail.otp_texts import OTP_TEXTS
from keybound.mail.placeholders import fill_in
from keybound.mail.ses import Ses

KIND = "otp"


class OtpMailer:
    """Satisfies `keybound.oauth.ports_otp.CodeMailer`. sender: the address it comes from."""

    def __init__(self, ses: Ses, sender: str, realms: Realms) -> None:
        self._ses = ses
        self._sender = sender
        self._realms = realms

    def send(self, password: OneTimePassword, identity: Identity, code: str) -> Sending:
        realm = self._realms.find_realm(password.tenant_id, password.realm_id)
        if realm is None:
            raise Unavailable(detail="ses mail of a realm that is gone")
        theme = self._realms.find_theme(password.tenant_id, password.realm_id)
        branding = branding_of(realm, theme)
        letter = otp_letter(code, password.expires_at, wishes(identity), branding)
        message = compose(letter, branding, sender=self._sender, to=identity.email)
        return self._ses.send(message, tags(password))


def tags(password: OneTimePassword) -> dict[str, str]:
    """Return what bounces and complaints are told apart by."""
    return {"kind": KIND, "tenant": password.tenant_id, "realm": password.realm_id}


def otp_letter(
    code: str, expires_at: int, languages: tuple[str, ...], branding: Branding
) -> Letter:
    """Return the letter in the person's language, or in English. The code is not in the subject,
    which locked screens show. expires_at: epoch seconds."""
    language = choose(languages, OTP_TEXTS)
    texts = OTP_TEXTS[language]
    values = {"realm": branding.realm_name, "expires": moment(expires_at, language)}

    def say(text: str) -> str:
        return fill_in(text, values)

    return Letter(
        subject=say(texts.subject),
        heading=say(texts.heading),
        paragraphs=(say(texts.body),),
        notes=(say(texts.expires), say(texts.unasked)),
        code=code,
        language=language,
        questions=say(texts.questions),
    )
