"""Tenants, realms, themes."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from functions.realms.body import RealmBody, RealmChangeBody
from functions.tenants.body import TenantBody
from functions.themes.body import ThemeBody
from tools.openapi.operation import Operation, Operations, Sent
from tools.openapi.shapes import LONG, Count, HexId, NextPageToken, Time, Uuid


class Tenant(TypedDict):
    """The caller's tenant."""

    id: HexId
    display_name: str
    create_time: Time
    update_time: Time


class Realm(TypedDict):
    """Identities, and all that is about them, belong to one realm."""

    id: HexId
    tenant_id: HexId
    display_name: str
    classification: Literal["SECURE_CUSTOMER", "SECURE_WORKFORCE"]
    create_time: Time
    update_time: Time


class Realms(TypedDict):
    """One page."""

    realms: list[Realm]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


Color = Annotated[str, Field(json_schema_extra={"pattern": "^#[0-9a-f]{6}$"})]


class MailTexts(TypedDict):
    """The realm's own texts of the binding mail, in one language."""

    locale: str
    subject: NotRequired[str]
    heading: NotRequired[str]
    greeting: NotRequired[str]
    greeting_by_name: NotRequired[str]
    body: NotRequired[str]
    button: NotRequired[str]
    expires: NotRequired[str]
    unasked: NotRequired[str]
    copy_hint: NotRequired[str]
    questions: NotRequired[str]


class PasskeyMailTexts(TypedDict):
    """The realm's own texts of the mails about added and removed passkeys, in one language."""

    locale: str
    greeting: NotRequired[str]
    greeting_by_name: NotRequired[str]
    added_subject: NotRequired[str]
    added_heading: NotRequired[str]
    added_body: NotRequired[str]
    added_unasked: NotRequired[str]
    removed_subject: NotRequired[str]
    removed_heading: NotRequired[str]
    removed_body: NotRequired[str]
    removed_unasked: NotRequired[str]
    reason: NotRequired[str]
    questions: NotRequired[str]


class Theme(TypedDict):
    """How mails and pages of a realm look. Empty URLs are not set."""

    id: NotRequired[Annotated[Uuid, Field(description="left out by the default theme")]]
    tenant_id: HexId
    realm_id: HexId
    email_realm_name: str
    logo_url_light: str
    logo_url_dark: str
    support_url: str
    button_color: Color
    button_text_color: Color
    binding_mail_texts: list[MailTexts]
    passkey_mail_texts: list[PasskeyMailTexts]
    create_time: Time
    update_time: Time


TENANTS: Operations = {
    "read": Operation(
        "getTenant", "Read the tenant", ("tenants:read",), Tenant, refusals=(304,), tagged=True
    ),
    "update": Operation(
        "updateTenant",
        "Change the tenant",
        ("tenants:update",),
        Tenant,
        Sent(TenantBody, "tenant"),
        refusals=(409,),
        tagged=True,
    ),
}

REALMS: Operations = {
    "create": Operation(
        "createRealm",
        "Make a realm",
        ("realms:create",),
        Realm,
        Sent(RealmBody, "realm"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation("listRealms", "List realms", ("realms:read",), Realms, query=LONG),
    "read": Operation(
        "getRealm", "Read a realm", ("realms:read",), Realm, refusals=(304,), tagged=True
    ),
    "update": Operation(
        "updateRealm",
        "Change a realm",
        ("realms:update",),
        Realm,
        Sent(RealmChangeBody, "realm"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteRealm",
        "End a realm and its configuration; 409 while it has identities, groups or roles",
        ("realms:delete",),
        refusals=(409,),
        tagged=True,
    ),
}

THEMES: Operations = {
    "create": Operation(
        "createTheme",
        "Make the realm's theme; a realm has one",
        ("themes:create",),
        Theme,
        Sent(ThemeBody, "theme"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "read": Operation(
        "getTheme",
        "Read a theme; `active` is the realm's, or a default",
        ("themes:read",),
        Theme,
        refusals=(304,),
        tagged=True,
    ),
    "update": Operation(
        "updateTheme",
        "Change a theme",
        ("themes:update",),
        Theme,
        Sent(ThemeBody, "theme"),
        refusals=(405, 409),
        tagged=True,
    ),
}
