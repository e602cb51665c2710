"""How a realm looks in its mails. Values that are not what they should be are left out, so that
nothing a theme holds can leave its attribute or load what it should not."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_BUTTON = "#1f4fd8"
DEFAULT_BUTTON_TEXT = "#ffffff"
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\Z")


@dataclass(frozen=True)
class Branding:
    """logo_url: https, decoration only. support_url: https or mailto. Colours: `#rgb` or
    `#rrggbb`."""

    realm_name: str
    logo_url: str = ""
    support_url: str = ""
    button_color: str = DEFAULT_BUTTON
    button_text_color: str = DEFAULT_BUTTON_TEXT

    @property
    def logo(self) -> str:
        return self.logo_url if _is_link(self.logo_url, "https") else ""

    @property
    def support(self) -> str:
        return self.support_url if _is_link(self.support_url, "https", "mailto") else ""

    @property
    def button(self) -> tuple[str, str]:
        """Return the button's background and text colours, both or neither the theme's own."""
        chosen = (self.button_color, self.button_text_color)
        if all(_HEX.match(each) for each in chosen):
            return chosen
        return DEFAULT_BUTTON, DEFAULT_BUTTON_TEXT


def _is_link(url: str, *schemes: str) -> bool:
    if not url or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc or parts.scheme == "mailto")
