"""What the document says of a config's members: the values that the rules of
`keybound.directory.authenticator_config_rules` take. What depends on others they judge alone."""

from typing import Annotated

from keybound.directory import authenticator_config_rules as rules
from keybound.directory import relying_party_file_rules as files
from keybound.directory.android_apps import FINGERPRINT
from keybound.domain import authenticator_config as c
from keybound.edge.management import pattern_of, said

_SCHEME = "[a-z][a-z0-9+.-]*"
_IN_URLS = r"[!$-)+-;=@-\[\]_a-z~]"  # printable ASCII without " # * < > ? \\ ^ ` { | }
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = "(?::[1-9][0-9]{0,4})?"
_WEB = rf"https?://(?:\[[0-9a-f:.]+\]|{_DOMAIN}){_PORT}"
_ANDROID = "android:apk-key-hash:[A-Za-z0-9_-]{43}"

Type = Annotated[str, said(enum=[c.EMBEDDED])]
InvokeUrl = Annotated[
    str, said(minLength=1, maxLength=rules.MAX_INVOKE_URL, pattern=f"^{_SCHEME}://{_IN_URLS}*$")
]
InvocationType = Annotated[str, said(enum=list(rules.INVOCATION_TYPES))]
Method = Annotated[str, said(enum=list(rules.METHODS))]
Policy = Annotated[str, said(enum=list(c.ADDITIONAL_PASSKEY_POLICIES))]
RelyingPartyId = Annotated[str, said(minLength=1, maxLength=253, pattern=f"^{_DOMAIN}$")]

_Trusted = Annotated[str, said(pattern=f"^{_WEB}$")]
TrustedOrigins = Annotated[list[_Trusted], said(maxItems=rules.MAX_ORIGINS, uniqueItems=True)]
_Expected = Annotated[str, said(pattern=f"^(?:{_WEB}|{_ANDROID})$")]
ExpectedOrigins = Annotated[
    list[_Expected], said(minItems=1, maxItems=rules.MAX_ORIGINS, uniqueItems=True)
]
_Related = Annotated[str, said(pattern=rf"^https://{_LABEL}(?:\.{_LABEL})+{_PORT}$")]
RelatedOrigins = Annotated[list[_Related], said(maxItems=files.MAX_RELATED, uniqueItems=True)]

PackageName = Annotated[str, said(maxLength=files.MAX_APP_ID, pattern=pattern_of(files.PACKAGE))]
_Fingerprint = Annotated[str, said(pattern=pattern_of(FINGERPRINT))]
Fingerprints = Annotated[list[_Fingerprint], said(minItems=1, maxItems=files.MAX_FINGERPRINTS)]
_AppleAppId = Annotated[str, said(maxLength=files.MAX_APP_ID, pattern=pattern_of(files.APPLE))]
AppleAppIds = Annotated[list[_AppleAppId], said(maxItems=files.MAX_APPS, uniqueItems=True)]
PageUrl = Annotated[str, said(maxLength=files.MAX_URL, pattern=f"^$|{pattern_of(files.URL)}")]
