"""What the document says of an application's members: the values that the rules of
`keybound.directory.application_rules` take. What depends on other members they judge alone."""

from typing import Annotated

from keybound.directory import application_rules as rules
from keybound.directory.redirect_uris import MAX_CHARACTERS
from keybound.domain.token_limits import TokenLimits
from keybound.edge.management import pattern_of, said

_LONGEST = TokenLimits()  # deployments may have lower ones
# Printable ASCII that a URI may have: no fragment, no wildcard (redirect_uris).
_IN_URIS = r"(?:[!$&-)+-;=?-\[\]_a-z~]|%[0-9A-Fa-f]{2})"

Protocol = Annotated[str, said(enum=list(rules.PROTOCOLS))]
Confidentiality = Annotated[str, said(enum=list(rules.KINDS))]
Grant = Annotated[str, said(enum=list(rules.GRANTS))]
Grants = Annotated[list[Grant], said(minItems=1, maxItems=len(rules.GRANTS), uniqueItems=True)]
Pkce = Annotated[str, said(enum=list(rules.PKCE))]
TokenFormat = Annotated[str, said(enum=list(rules.TOKEN_FORMATS))]
Algorithm = Annotated[str, said(enum=list(rules.ALGORITHMS))]
SubjectField = Annotated[str, said(enum=list(rules.SUBJECT_FIELDS))]
ExpiresAfter = Annotated[int, said(minimum=rules.SHORTEST_TOKEN_S, maximum=_LONGEST.access_s)]
RefreshExpiresAfter = Annotated[
    int, said(minimum=rules.SHORTEST_REFRESH_S, maximum=_LONGEST.refresh_s)
]

RedirectUri = Annotated[
    str, said(maxLength=MAX_CHARACTERS, pattern=f"^[a-z][a-z0-9+.-]*:{_IN_URIS}+$")
]
RedirectUris = Annotated[
    list[RedirectUri], said(maxItems=rules.MAX_REDIRECT_URIS, uniqueItems=True)
]
KeysUri = Annotated[str, said(maxLength=MAX_CHARACTERS, pattern=f"^$|^https://{_IN_URIS}+$")]
LogoutUri = Annotated[str, said(maxLength=MAX_CHARACTERS, pattern=f"^$|^https?://{_IN_URIS}+$")]

Scope = Annotated[
    str, said(pattern=pattern_of(rules.SCOPE), **{"not": {"enum": sorted(rules.OPENID_SCOPES)}})
]
AllowedScopes = Annotated[list[Scope], said(maxItems=rules.MAX_SCOPES, uniqueItems=True)]
Uuid = Annotated[str, said(format="uuid", pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
