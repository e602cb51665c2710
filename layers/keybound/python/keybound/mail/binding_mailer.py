"""Writes and sends the mail that carries a binding link."""

from typing import Protocol

from keybound.domain.binding_job import BindingJob
from keybound.domain.errors import Unavailable
from keybound.domain.identity import Identity
from keybound.domain.ids import RealmId, TenantId
from keybound.domain.mail import Sending
from keybound.domain.tenancy import Realm
from keybound.domain.theme import Theme
from keybound.mail.binding_letter import BindingLink, binding_letter
from keybound.mail.binding_texts import texts_with
from keybound.mail.branding import Branding
from keybound.mail.compose import compose
from keybound.mail.ses import Ses

KIND = "binding"


class Realms(Protocol):
    """Where a realm's name and looks come from."""

    def find_realm(self, t: TenantId, r: RealmId) -> Realm | None: ...

    def find_theme(self, t: TenantId, r: RealmId) -> Theme | None: ...


class BindingMailer:
    """Satisfies `keybound.binding.ports_mail.LinkMailer`. sender: the address it comes from."""

    def __init__(self, ses: Ses, sender: str, realms: Realms) -> None:
        self._ses = ses
        self._sender = sender
        self._realms = realms

    def send(self, job: BindingJob, identity: Identity, link: str) -> Sending:
        realm = self._realms.find_realm(job.tenant_id, job.realm_id)
        if realm is None:
            raise Unavailable(detail="ses mail of a realm that is gone")
        theme = self._realms.find_theme(job.tenant_id, job.realm_id)
        branding = branding_of(realm, theme)
        about = BindingLink(link, job.expire_time, identity.display_name, wishes(identity))
        letter = binding_letter(
            about, branding, texts_with(theme.binding_mail_texts if theme else ())
        )
        message = compose(letter, branding, sender=self._sender, to=job.recipient)
        return self._ses.send(message, tags(job))


def branding_of(realm: Realm, theme: Theme | None) -> Branding:
    """Return how the realm's mails look; a realm without a theme goes by its name alone."""
    if theme is None:
        return Branding(realm.display_name)
    return Branding(
        theme.email_realm_name,
        theme.logo_url_light,
        theme.support_url,
        theme.button_color,
        theme.button_text_color,
    )


def wishes(identity: Identity) -> tuple[str, ...]:
    """Return the languages that an identity asks for, in order."""
    return (identity.traits.get("preferred_language", ""), identity.traits.get("locale", ""))


def tags(job: BindingJob) -> dict[str, str]:
    """Return what bounces and complaints are told apart by: ids, and which of the job's links."""
    return {
        "kind": KIND,
        "tenant": job.tenant_id,
        "realm": job.realm_id,
        "identity": job.identity_id,
        "job": job.id,
        "version": str(job.token_version),
    }
