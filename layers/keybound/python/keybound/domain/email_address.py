"""E-mail addresses: which can be mailed, and when two of them are one.

Three questions with three answers: `is_mailable` is strict, because a mail goes out by it;
`same_address` decides whether an address was proven before; `same_mailbox` counts mails, and takes
everything that usually ends in one inbox for one.
"""

import re
import unicodedata

MAX_LENGTH = 254
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILABLE = re.compile(rf"(?=.{{1,64}}@){_LOCAL}@{_LABEL}(?:\.{_LABEL})+\Z")
_USERNAME = re.compile(r"(?=.{1,64}\Z)[a-z0-9&'+_.-]+@[a-z0-9.-]+\Z")


def is_mailable(address: str) -> bool:
    """Tell whether mail can go to it: dot-atom, `@`, a domain name of two labels or more, ASCII
    (RFC 5321 §4.1.2, §4.5.3.1). Quoted local parts and address literals are left out on purpose;
    an internationalised domain has to come in its A-label form."""
    return len(address) <= MAX_LENGTH and _MAILABLE.match(address) is not None


def same_address(address: str) -> str:
    """Return the form in which addresses are unique: NFKC, case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold()).strip()


def is_username(address: str) -> bool:
    """Tell whether an address in the form of `same_address` may be a username too: 64 characters,
    and none that usernames may not have."""
    return _USERNAME.match(address) is not None


def same_mailbox(address: str) -> str:
    """Return the form by which mails are counted: as `same_address`, without a `+tag` and without
    dots before the `@`, which large providers ignore. Two people whose addresses differ by a dot
    alone share a limit."""
    local, _, domain = same_address(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
