"""Which deployment, realm and client a command speaks for: profiles in one file of the user's.

`$XDG_CONFIG_HOME/keybound/config.toml` (XDG Base Directory Specification 0.8), readable by its
owner alone because it may hold client secrets. The environment goes before it: `KEYBOUND_PROFILE`
names a profile, `KEYBOUND_CLIENT_SECRET` is the secret whatever the file says, and
`KEYBOUND_API_BASE_URL` with the other variables makes a profile without any file.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tools.cli.management.refusals import NOT_ALLOWED, Refusal
from tools.cli.options import keeps_secrets

SECRET = "KEYBOUND_CLIENT_SECRET"
_ENVIRONMENT = "the environment (KEYBOUND_…)"


@dataclass(frozen=True)
class Profile:
    """One deployment, the client to call it with, and the realm that is meant unless said."""

    api_base_url: str
    token_endpoint: str
    tenant_id: str
    client_id: str
    realm_id: str = ""
    client_secret: str = ""
    name: str = ""

    def __str__(self) -> str:
        return self.name if self.name == _ENVIRONMENT else f"profile {self.name}"

    @property
    def secret(self) -> str:
        """Raises Refusal when there is none."""
        if found := os.environ.get(SECRET) or self.client_secret:
            return found
        raise Refusal(f"no client secret: {self} has none, and {SECRET} is not set", NOT_ALLOWED)


@dataclass(frozen=True)
class ProfileFile:
    """The file's content. current: the profile that is used when none is named."""

    profiles: Mapping[str, Profile]
    current: str = ""


def path() -> Path:
    """Return where the file is, or would be."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".config"
    return base / "keybound" / "config.toml"


def read() -> ProfileFile:
    """Raises Refusal for a file that others can read, or that is damaged."""
    try:
        with path().open("rb") as file:
            _check_private(file.fileno())
            content = tomllib.load(file)
    except FileNotFoundError:
        return ProfileFile({})
    except (OSError, ValueError) as error:
        raise Refusal(f"{path()} cannot be read: {error}") from error
    try:
        known = {n: _profile(n, each) for n, each in content.get("profiles", {}).items()}
    except (TypeError, AttributeError) as error:
        raise Refusal(f"{path()} is no file of profiles: {error}") from error
    return ProfileFile(known, str(content.get("current", "")))


def write(content: ProfileFile) -> None:
    """Write the file whole or not at all, for its owner's eyes only."""
    import tomli_w

    from tools.devserver.ready_file import write_privately

    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = {name: _stored(each) for name, each in content.profiles.items()}
    write_privately(path(), tomli_w.dumps({"current": content.current, "profiles": stored}))


def chosen(name: str) -> Profile:
    """Return the profile of that name; without one the environment's, else the current one.

    Raises Refusal when there is no such profile, or none at all."""
    if not name and os.environ.get("KEYBOUND_API_BASE_URL"):
        return _from_environment()
    known = read()
    wanted = name or known.current
    if not wanted:
        raise Refusal(
            "which deployment? Make a profile: keybound profile add NAME --from-file FILE\n"
            "  FILE is what `keybound bootstrap --json` or `keybound dev --ready-file` wrote",
        )
    if wanted not in known.profiles:
        others = ", ".join(sorted(known.profiles)) or "none"
        raise Refusal(f"there is no profile {wanted} (known: {others}): keybound profile list")
    return known.profiles[wanted]


def with_realm(name: str, realm_id: str) -> None:
    """Remember a profile's realm."""
    known = read()
    changed = replace(known.profiles[name], realm_id=realm_id)
    write(replace(known, profiles={**known.profiles, name: changed}))


def check_addresses(profile: Profile) -> Profile:
    """Return the profile. Raises Refusal unless both addresses, to which its secret and tokens go,
    keep them: whoever wrote them down."""
    for name in ("api_base_url", "token_endpoint"):
        if not keeps_secrets(url := getattr(profile, name)):
            raise Refusal(f"{name} of {profile} is no https address: {url}", NOT_ALLOWED)
    return profile


def _from_environment() -> Profile:
    names = ("api_base_url", "token_endpoint", "tenant_id", "client_id", "realm_id")
    found = {name: os.environ.get(f"KEYBOUND_{name.upper()}", "") for name in names}
    missing = [f"KEYBOUND_{name.upper()}" for name in names[:4] if not found[name]]
    if missing:
        raise Refusal(f"KEYBOUND_API_BASE_URL is set, but not {', '.join(missing)}")
    return Profile(**found, name=_ENVIRONMENT)


def _profile(name: str, stored: Mapping[str, Any]) -> Profile:
    known = {field.name for field in fields(Profile)} - {"name"}
    return Profile(**{k: str(v) for k, v in stored.items() if k in known}, name=name)


def _stored(profile: Profile) -> dict[str, str]:
    return {k: v for k, v in asdict(profile).items() if v and k != "name"}


def _check_private(descriptor: int) -> None:
    if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
        raise Refusal(f"{path()} may hold secrets and others can read it: chmod 600 {path()}")
