"""The document is as strict as the rooms: what it allows in a body is never refused for its form,
and what it does not allow is 400 (N118, N119, N120, N124, N131, N135)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.body_bounds import Schema, bounds, forms, members, request_schemas
from tests.support.management_stand import filled
from tests.support.platform import Platform

APP = "https://app.example.com"
FINGERPRINT = ":".join(["AB"] * 32)
ANDROID = "android:apk-key-hash:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s"
# The base point of P-256, which is nobody's key.
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}
Ids = dict[str, str]


def traits(schema: Schema) -> dict[str, str]:
    """One of each trait."""
    texts = {place.rpartition(".")[2]: "Ada" for place in members(schema) if ".traits." in place}
    addresses = dict.fromkeys(("primary_email_address", "secondary_email_address"), "a@b.example")
    return texts | addresses | {"type": "traits_v0", "profile_url": APP, "photo": APP}


def identity(schema: Schema, _: Ids) -> list[Any]:
    more = {"status": "active", "allow_subject_reuse": False}
    return [{"identity": {"display_name": "Ada", "traits": traits(schema), **more}}]


def theme(schema: Schema, _: Ids) -> list[Any]:
    content: dict[str, Any] = {"email_realm_name": "Shop"}
    content |= dict.fromkeys(("logo_url_light", "logo_url_dark", "support_url"), f"{APP}/x")
    content |= dict.fromkeys(("button_color", "button_text_color"), "#1f2937")
    for place in members(schema):
        _, _, name = place.partition(".")
        if "_mail_texts.0." in name:
            texts = content.setdefault(name.partition(".")[0], [{}])[0]
            texts[place.rpartition(".")[2]] = "de" if name.endswith("locale") else "Text"
    return [{"theme": content}]


def application(_: Schema, ids: Ids) -> list[Any]:
    shared = {
        "confidentiality": "confidential",
        "allowed_scopes": ["orders:read"],
        "token_format": "self_contained",
        "dpop_bound_access_tokens": False,
        "token_configuration": {
            "expires_after": 600,
            "refresh_token_expires_after": 600,
            "token_signing_algorithm": "RS256",
            "subject_field": "id",
        },
    }
    web = {
        "type": "oauth2",
        "grant_type": ["authorization_code"],
        "redirect_uris": [f"{APP}/callback"],
        "post_logout_redirect_uris": [f"{APP}/out"],
        "backchannel_logout_uri": f"{APP}/logout",
        "backchannel_logout_session_required": True,
        "require_pushed_authorization_requests": False,
        "token_endpoint_auth_method": "client_secret_basic",
        "pkce": "s256",
    }
    named = {
        "display_name": "Shop",
        "resource_server_id": ids["resource_server_id"],
        "authenticator_config_id": ids["config_id"],
    }
    keys: list[dict[str, Any]] = [{"jwks": {"keys": [KEY]}}, {"jwks_uri": f"{APP}/keys"}]
    machine = {
        "type": "oauth2",
        "confidentiality": "confidential",
        "grant_type": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
    }
    whole = {"application": named | {"protocol_config": shared | web}}
    signing = [{"display_name": "Bot", "protocol_config": machine | each} for each in keys]
    return [whole, *({"application": each} for each in signing)]


def changed_application(schema: Schema, ids: Ids) -> list[Any]:
    """Keys belong to clients that sign, and whoever has a secret signs nothing."""
    web, *_ = application(schema, ids)
    return [web]


def config(_: Schema, __: Ids) -> list[Any]:
    content = {
        "type": "embedded",
        "invoke_url": f"{APP}/x",
        "invocation_type": "automatic",
        "trusted_origins": [APP],
        "authentication_methods": [{"type": "webauthn_passkey"}],
        "relying_party_id": "example.com",
        "expected_origins": [APP, ANDROID],
        "additional_passkey_policy": "management_token",
        "one_time_password_creates_identities": False,
        "related_origins": [APP],
        "android_apps": [
            {"package_name": "com.example.app", "sha256_cert_fingerprints": [FINGERPRINT]}
        ],
        "apple_app_ids": ["ABCDE12345.com.example.app"],
        "passkey_enroll_url": f"{APP}/enroll",
        "passkey_manage_url": f"{APP}/manage",
        "confirm_orphans_credentials": True,
    }
    whole = {"display_name": "Web", "config": content, "confirm_orphans_credentials": True}
    return [{"authenticator_config": whole}]


def server(_: Schema, __: Ids) -> list[Any]:
    content = {"identifier": "https://x.example.com", "scopes": ["x:read"], "scopes_by_role": False}
    return [{"resource_server": {"display_name": "X", **content}}]


def job(_: Schema, ids: Ids) -> list[Any]:
    content = {
        "delivery_method": "RETURN",
        "authenticator_config_id": ids["config_id"],
        "post_binding_redirect_uri": f"{APP}/done",
        "expires_in": 600,
    }
    return [{"job": content}, {"job": content | {"id_token": "x.y.z"}}]


def batch(_: Schema, ids: Ids) -> list[Any]:
    template = {
        "authenticator_config_id": ids["config_id"],
        "post_binding_redirect_uri": f"{APP}/done",
    }
    content = {"identity_ids": [ids["identity_id"]], "job_template": template}
    return [{"batch_credential_binding_job": content}]


def named(wrapper: str, **more: str) -> Callable[[Schema, Ids], list[Any]]:
    return lambda _, __: [{wrapper: {"display_name": "Day", **more}}]


def lists(**texts: str) -> Callable[[Schema, Ids], list[Any]]:
    """Bodies of verbs. texts: for each list one element, or the variable that has it."""
    return lambda _, ids: [{name: [ids.get(text, text)] for name, text in texts.items()}]


GOOD: dict[str, Callable[[Schema, Ids], list[Any]]] = {
    "updateTenant": named("tenant"),
    "createRealm": named("realm", classification="SECURE_CUSTOMER"),
    "updateRealm": named("realm", classification="SECURE_CUSTOMER"),
    "createTheme": theme,
    "updateTheme": theme,
    "createIdentity": identity,
    "updateIdentity": identity,
    "batchDeleteIdentities": lists(ids="0123456789abcdef"),
    "updateCredential": named("credential"),
    "createCredentialBindingJob": job,
    "createBatchCredentialBindingJob": batch,
    "createApplication": application,
    "updateApplication": changed_application,
    "rotateApplicationSecret": lambda _, __: [{"expires_in": 60}],
    "createAuthenticatorConfig": config,
    "updateAuthenticatorConfig": config,
    "createResourceServer": server,
    "updateResourceServer": server,
    "createRole": named("role", description="x"),
    "updateRole": named("role", description="x"),
    "addRoleMembers": lists(identity_ids="identity_id", group_ids="group_id"),
    "deleteRoleMembers": lists(identity_ids="identity_id", group_ids="group_id"),
    "addRoleScopes": lists(scopes="orders:read"),
    "deleteRoleScopes": lists(scopes="orders:read"),
    "createGroup": named("group", description="x"),
    "updateGroup": named("group", description="x"),
    "addGroupMembers": lists(identity_ids="identity_id"),
    "deleteGroupMembers": lists(identity_ids="identity_id"),
}
# What other members, or what is stored, decide: places whose documented values may be 400.
DEPENDS = {
    "application.protocol_config.type": "oidc signs people in",
    "application.protocol_config.confidentiality": "public clients have no secret, never change",
    "application.protocol_config.grant_type": "others need a config",
    "application.protocol_config.grant_type.0": "a refresh token comes from a code",
    "application.protocol_config.token_endpoint_auth_method": "private_key_jwt needs keys",
    "application.protocol_config.jwks": "a client that signs has keys",
    "application.protocol_config.jwks_uri": "a client that signs has keys",
    "application.protocol_config.allowed_scopes": "of the resource server",
    "application.resource_server_id": "scopes are a server's",
    "application.authenticator_config_id": "authorization_code needs one",
    "authenticator_config.config.expected_origins": "must be within the RP ID",
    "authenticator_config.config.related_origins": "must be expected",
    "authenticator_config.config.relying_party_id": "must be a parent of the origins",
    "identity.traits": "24 KiB altogether",
    "job.id_token": "must be an ID token",
    "scopes": "of the resource server",
    "identity_ids": "of this realm",
    "group_ids": "of this realm",
    "authenticator_config.config.android_apps.0.sha256_cert_fingerprints": "must be expected",
}
SCHEMAS = {operation: schema for operation, _, _, schema in request_schemas()}
OPERATIONS = [pytest.param(*each, id=each[0]) for each in request_schemas()]


@pytest.fixture(scope="module")
def ids(platform: Platform) -> Ids:
    document = filled(platform)
    parameters = [p for item in document["paths"].values() for p in item.get("parameters", [])]
    return {p["name"]: p["schema"]["enum"][0] for p in parameters if "enum" in p["schema"]}


@pytest.fixture(scope="module")
def token(platform: Platform) -> str:
    return platform.management_token()


@pytest.mark.parametrize(("operation", "method", "path", "schema"), OPERATIONS)
def test_what_the_document_allows_is_taken_and_what_it_does_not_is_400(
    platform: Platform,
    ids: Ids,
    token: str,
    operation: str,
    method: str,
    path: str,
    schema: Schema,
) -> None:
    """Of a change only what its creation does not say likewise."""
    url, wrong, seen = path.format(**ids), [], set()
    creation = SCHEMAS.get(operation.replace("update", "create"), schema)
    judged = forms(creation) if creation is not schema else frozenset()

    def is_400(body: Any) -> bool:
        return platform.call(method, url, json=body, token=token).status == 400

    for good in GOOD[operation](schema, ids):
        stands = not is_400(good)
        assert stands or "id_token" in good["job"]  # one that is good takes a sign-in
        for bound in bounds(schema, good, judged):
            seen.add(bound.place)
            if bound.allowed and (bound.place in DEPENDS or not stands):
                continue
            if is_400(bound.body) is bound.allowed:
                wrong.append((bound.place, bound.what))
    assert wrong == []
    assert judged or set(members(schema)) <= seen


def test_every_body_is_sent() -> None:
    assert GOOD.keys() == {operation for operation, *_ in request_schemas()}
