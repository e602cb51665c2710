"""The six digits: derived with a key from the request and what is drawn for each mail.

No form of a code is stored, since a million of them could be tried against any that was.
"""

import hmac

from keybound.domain.one_time_password import DIGITS, OneTimePassword
from keybound.oauth.ports import Mac


def code_of(mac: Mac, password: OneTimePassword) -> str:
    """Return the code. Raises ValueError when its key is gone, Unavailable."""
    said = f"otp|code|{password.application_id}|{password.challenge_hash}|{password.nonce}"
    tag = mac.sign(said.encode("ascii"), password.kid)
    # 64 bits for a million values: each is as likely as any other but for one part in 10^13.
    return f"{int.from_bytes(tag[:8]) % 10**DIGITS:0{DIGITS}d}"


def is_code(text: object) -> bool:
    """Whether it has the form of a code."""
    return isinstance(text, str) and len(text) == DIGITS and text.isascii() and text.isdecimal()


def same_code(one: str, other: str) -> bool:
    """Compare in constant time; both have the form of a code."""
    return hmac.compare_digest(one.encode("ascii"), other.encode("ascii"))
