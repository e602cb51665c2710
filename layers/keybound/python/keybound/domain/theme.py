"""Themes: how a realm looks in mails, on bind pages and in the apps that ask."""

from dataclasses import dataclass

from keybound.domain.ids import RealmId, TenantId, ThemeId

BUTTON_COLOR = "#1f2937"
BUTTON_TEXT_COLOR = "#ffffff"


@dataclass(frozen=True)
class BindingMailTexts:
    """What the mail with a binding link says in one language. locale: a language tag in lower case;
    what is empty is said as Keybound says it."""

    locale: str
    subject: str = ""
    heading: str = ""
    greeting: str = ""
    greeting_by_name: str = ""
    body: str = ""
    button: str = ""
    expires: str = ""
    unasked: str = ""
    copy_hint: str = ""
    questions: str = ""


@dataclass(frozen=True)
class PasskeyMailTexts:
    """What the mails about added and removed passkeys say in one language; as above."""

    locale: str
    greeting: str = ""
    greeting_by_name: str = ""
    added_subject: str = ""
    added_heading: str = ""
    added_body: str = ""
    added_unasked: str = ""
    removed_subject: str = ""
    removed_heading: str = ""
    removed_body: str = ""
    removed_unasked: str = ""
    reason: str = ""
    questions: str = ""


@dataclass(frozen=True)
class Theme:
    """The one theme of a realm. Times are epoch seconds; URLs may be empty.

    email_realm_name: who mails say they are from. Colours are `#rrggbb`.
    """

    id: ThemeId
    tenant_id: TenantId
    realm_id: RealmId
    email_realm_name: str
    create_time: int
    update_time: int
    logo_url_light: str = ""
    logo_url_dark: str = ""
    support_url: str = ""
    button_color: str = BUTTON_COLOR
    button_text_color: str = BUTTON_TEXT_COLOR
    binding_mail_texts: tuple[BindingMailTexts, ...] = ()
    passkey_mail_texts: tuple[PasskeyMailTexts, ...] = ()
