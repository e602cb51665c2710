"""Authenticator configs: where ceremonies happen, and for which WebAuthn relying party."""

from dataclasses import dataclass

from keybound.domain.ids import AuthenticatorConfigId, RealmId, TenantId

AUTOMATIC = "automatic"
MANUAL = "manual"
EMBEDDED = "embedded"

WEBAUTHN_PASSKEY = "webauthn_passkey"
SOFTWARE_PASSKEY = "software_passkey"
EMAIL_ONE_TIME_PASSWORD = "email_one_time_password"
PASSKEYS = frozenset({WEBAUTHN_PASSKEY, SOFTWARE_PASSKEY})
"""Either stands for every passkey, until classes of devices are told apart."""

MANAGEMENT_TOKEN = "management_token"
FRESH_SIGN_IN = "fresh_sign_in"
ADDITIONAL_PASSKEY_POLICIES = (MANAGEMENT_TOKEN, FRESH_SIGN_IN)


@dataclass(frozen=True)
class AndroidApp:
    """An app that uses the relying party's passkeys. sha256_cert_fingerprints: of its signing
    certificates, `AB:CD:…`, 32 bytes."""

    package_name: str
    sha256_cert_fingerprints: tuple[str, ...]


@dataclass(frozen=True)
class AuthenticatorConfig:
    """An `embedded` configuration. Times are epoch seconds.

    invoke_url: no query, no fragment, no trailing slash. trusted_origins: `scheme://host[:port]`.
    expected_origins: web origins and `android:apk-key-hash:…`, compared exactly.
    additional_passkey_policy: what a link needs to add a passkey to an identity that has one.
    MANAGEMENT_TOKEN: it was made with `authenticators:add`, or on a fresh sign-in. FRESH_SIGN_IN:
    a fresh sign-in, whoever made it.
    one_time_password_creates_identities: whether somebody whom nobody knows gets an identity by
    redeeming a code that was mailed to them.

    What the relying party's domain says about it in its well-known files: related_origins, web
    origins outside the RP ID that may use its passkeys; android_apps; apple_app_ids,
    `TEAMID.bundle`; passkey_enroll_url, passkey_manage_url, pages of its own.
    """

    id: AuthenticatorConfigId
    tenant_id: TenantId
    realm_id: RealmId
    display_name: str
    invoke_url: str
    invocation_type: str
    trusted_origins: tuple[str, ...]
    authentication_methods: tuple[str, ...]
    relying_party_id: str
    expected_origins: tuple[str, ...]
    create_time: int
    update_time: int
    type: str = EMBEDDED
    additional_passkey_policy: str = MANAGEMENT_TOKEN
    one_time_password_creates_identities: bool = False
    related_origins: tuple[str, ...] = ()
    android_apps: tuple[AndroidApp, ...] = ()
    apple_app_ids: tuple[str, ...] = ()
    passkey_enroll_url: str = ""
    passkey_manage_url: str = ""
