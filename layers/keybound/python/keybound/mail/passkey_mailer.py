"""Writes and sends the mails that tell of added and removed passkeys."""

from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.mail import Sending
from keybound.domain.passkey_notice import PasskeyNotice
from keybound.mail.binding_mailer import Realms, branding_of, wishes
from keybound.mail.compose import compose
from keybound.mail.passkey_letter import passkey_letter
from keybound.mail.passkey_texts import texts_with
from keybound.mail.ses import Ses

KIND = "passkey"


class PasskeyMailer:
    """Satisfies `keybound.binding.ports_notices.NoticeMailer`. sender: the address it comes
    from."""

    def __init__(self, ses: Ses, sender: str, realms: Realms) -> None:
        self._ses = ses
        self._sender = sender
        self._realms = realms

    def send(self, notice: PasskeyNotice, identity: Identity) -> Sending:
        t, r = notice.tenant_id, notice.realm_id
        realm, theme = self._realms.find_realm(t, r), self._realms.find_theme(t, r)
        if realm is None:
            raise Unavailable(detail="ses mail of a realm that is gone")
        branding = branding_of(realm, theme)
        texts = texts_with(theme.passkey_mail_texts if theme else ())
        letter = passkey_letter(notice, identity.display_name, wishes(identity), branding, texts)
        message = compose(letter, branding, sender=self._sender, to=notice.recipient)
        return self._ses.send(message, tags(notice))


def tags(notice: PasskeyNotice) -> dict[str, str]:
    """Return what bounces and complaints are told apart by."""
    return {
        "kind": KIND,
        "tenant": notice.tenant_id,
        "realm": notice.realm_id,
        "identity": notice.identity_id,
    }
