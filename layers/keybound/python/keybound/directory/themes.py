"""Themes: one of each realm, and a default where there is none."""

from dataclasses import dataclass, replace
from typing import TypedDict

from keybound.directory.optimistic import until_it_holds
from keybound.directory.ports_configuration import Realms
from keybound.directory.ports_tenancy import Themes
from keybound.domain.clock import Clock
from keybound.domain.errors import Conflict, NotFound
from keybound.domain.ids import ThemeId, new_uuid
from keybound.domain.receipt import Receipt, no_receipt
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import Realm, RealmPath
from keybound.domain.theme import BindingMailTexts, PasskeyMailTexts, Theme
from keybound.domain.versioned import Precondition, Versioned, unconditional

EXISTS = "theme already exists for this realm"


class ThemeSettings(TypedDict, total=False):
    """What a caller may set, under the names of `Theme`; absent means unchanged."""

    email_realm_name: str
    logo_url_light: str
    logo_url_dark: str
    support_url: str
    button_color: str
    button_text_color: str
    binding_mail_texts: tuple[BindingMailTexts, ...]
    passkey_mail_texts: tuple[PasskeyMailTexts, ...]


@dataclass(frozen=True)
class ThemeRegistry:
    """The themes of every realm."""

    realms: Realms
    themes: Themes
    clock: Clock
    randomness: Randomness

    def create(
        self, where: RealmPath, settings: ThemeSettings, receipt: Receipt[Theme] = no_receipt
    ) -> Theme:
        """Store the realm's theme; mails bear the realm's name unless told otherwise. Raises
        NotFound (realm), Conflict."""
        theme_id, now = ThemeId(new_uuid(self.randomness)), self.clock()
        blank = replace(default_theme(self._realm(where)), create_time=now, update_time=now)
        theme = replace(blank, id=theme_id, **settings)
        also = receipt(theme)

        def attempt() -> Theme | None:
            self._realm(where)
            if self.themes.find(where) is not None:
                raise Conflict(EXISTS)
            return theme if self.themes.create(theme, also) else None

        return until_it_holds(attempt)

    def active(self, where: RealmPath) -> Versioned[Theme]:
        """Return the realm's theme, or the default one, which has no id. Raises NotFound."""
        found = self.themes.find(where)
        return found if found is not None else Versioned(default_theme(self._realm(where)), 0)

    def get(self, where: RealmPath, theme_id: str) -> Versioned[Theme]:
        """Return a theme. Raises NotFound."""
        found = self.themes.find(where)
        if found is None or found.entity.id != theme_id:
            raise NotFound("Theme", theme_id)
        return found

    def update(
        self,
        where: RealmPath,
        theme_id: str,
        settings: ThemeSettings,
        precondition: Precondition[Theme] = unconditional,
    ) -> Versioned[Theme]:
        """Change what `settings` names and return the whole. Raises NotFound,
        PreconditionFailed, Conflict (changed again and again)."""

        def attempt() -> Versioned[Theme] | None:
            before = self.get(where, theme_id)
            precondition(before)
            after = replace(before.entity, **settings)
            if after == before.entity:
                return before
            after = replace(after, update_time=self.clock())
            return before.changed_to(after) if self.themes.replace(before, after) else None

        return until_it_holds(attempt)

    def _realm(self, where: RealmPath) -> Realm:
        found = self.realms.find(where.tenant_id, where.realm_id)
        if found is None:
            raise NotFound("Realm", where.realm_id)
        return found


def default_theme(realm: Realm) -> Theme:
    """Return what a realm without a theme looks like."""
    name, made = realm.display_name, realm.create_time
    return Theme(ThemeId(""), realm.tenant_id, realm.id, name, made, made)
