"""The scopes of the management API, `<resource>:<verb>`: what its managed resource server offers.

The managed client of a tenant is given all of them; rooms ask for them one by one. A resource is
the word that stands in its URLs. Scopes of resources that have no room yet are named already, so
that a tenant need not be changed on the day its room arrives; holding them allows nothing.

`authenticators:add` goes beside `credential-binding-jobs:create`: with it, links add a passkey to
an identity that has one already.
"""

_VERBS: dict[str, tuple[str, ...]] = {
    "tenants": ("read", "update"),
    "realms": ("create", "read", "update", "delete"),
    "identities": ("create", "read", "update", "delete"),
    "groups": ("create", "read", "update", "delete"),
    "roles": ("create", "read", "update", "delete"),
    "resource-servers": ("create", "read", "update", "delete"),
    "applications": ("create", "read", "update", "delete"),
    "authenticator-configs": ("create", "read", "update", "delete"),
    "authenticators": ("add",),
    "credentials": ("read", "update", "delete", "revoke"),
    "credential-binding-jobs": ("create", "read", "update", "delete", "revoke"),
    "themes": ("create", "read", "update", "delete"),
    "tokens": ("create", "read", "update", "delete", "introspect"),
    "events": ("read",),
}

ADD_AUTHENTICATORS = "authenticators:add"

MANAGEMENT_SCOPES: tuple[str, ...] = tuple(
    f"{resource}:{verb}" for resource, verbs in _VERBS.items() for verb in verbs
)
