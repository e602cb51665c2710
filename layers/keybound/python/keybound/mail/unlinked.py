"""Names that could be taken for an address of the web or of mail.

Names come from forms that anybody fills in, and mails come from us: mail programs would turn such a
name into a link, and its reader would believe it to be ours.
"""

import re

# Also the full stops that are read as dots of a domain name (UTS #46 §2.3), and the at sign of
# full width.
_LINK_LIKE = re.compile("\\S[.@\u3002\uff0e\uff61\uff20]\\S")


def is_link_like(text: str) -> bool:
    """Tell whether a mail program may make a link of it, or of a part of it."""
    return _LINK_LIKE.search(text) is not None
