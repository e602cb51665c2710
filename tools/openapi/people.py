"""Identities, credentials, binding jobs."""

from functions.batch_credential_binding_jobs.body import BatchBody
from functions.credential_binding_jobs.body import JobBody
from functions.credentials.body import CredentialBody
from functions.identities.body import BatchDeleteBody, IdentityBody, NewIdentityBody
from tools.openapi import access_answers as access
from tools.openapi.operation import Operation, Operations, Parameter, Sent
from tools.openapi.people_answers import (
    BindingBatch,
    BindingBatchResults,
    BindingJob,
    BindingJobs,
    Credential,
    Credentials,
    Identities,
    Identity,
    MadeBindingJob,
)
from tools.openapi.shapes import LONG, RESOURCE_SERVER_ID

_FILTER = Parameter(
    "filter",
    {"type": "string", "maxLength": 1024},
    'RFC 7644 §3.4.2.2: `traits.username eq "ada"`, `traits.primary_email_address eq "…"`, '
    '`traits.external_id eq "…"`, `status eq "suspended"`; one of the first three `and` status',
)

_JOB_FILTER = Parameter(
    "filter",
    {"type": "string", "maxLength": 1024},
    'RFC 7644 §3.4.2.2: `state eq "LINK_SENT"`, `delivery_method eq "EMAIL"`, or both with `and`',
)

IDENTITIES: Operations = {
    "create": Operation(
        "createIdentity",
        "Make an identity",
        ("identities:create",),
        Identity,
        Sent(NewIdentityBody, "identity"),
        refusals=(409,),
        tagged=True,
        once=True,
    ),
    "list_all": Operation(
        "listIdentities",
        "List identities in order of creation",
        ("identities:read",),
        Identities,
        query=(*LONG, _FILTER),
    ),
    "read": Operation(
        "getIdentity",
        "Read an identity",
        ("identities:read",),
        Identity,
        refusals=(304,),
        tagged=True,
    ),
    "update": Operation(
        "updateIdentity",
        "Change an identity",
        ("identities:update",),
        Identity,
        Sent(IdentityBody, "identity"),
        refusals=(409,),
        tagged=True,
    ),
    "delete": Operation(
        "deleteIdentity",
        "Delete an identity with its passkeys, links and logins",
        ("identities:delete",),
        refusals=(409,),
        tagged=True,
    ),
    "batch_delete": Operation(
        "batchDeleteIdentities",
        "Delete identities, all of them or none",
        ("identities:delete",),
        sent=Sent(BatchDeleteBody),
        refusals=(409,),
    ),
    "list_groups": Operation(
        "listIdentityGroups",
        "List groups of an identity",
        ("identities:read", "groups:read"),
        access.Groups,
        query=LONG,
    ),
    "list_roles": Operation(
        "listIdentityRoles",
        "List roles that an identity has itself on a resource server",
        ("identities:read", "roles:read", "resource-servers:read"),
        access.Roles,
        query=(RESOURCE_SERVER_ID, *LONG),
        refusals=(409,),
    ),
}

CREDENTIALS: Operations = {
    "list_all": Operation(
        "listCredentials",
        "List passkeys of an identity, or with `-` of the realm",
        ("credentials:read",),
        Credentials,
        query=LONG,
    ),
    "read": Operation("getCredential", "Read a passkey", ("credentials:read",), Credential),
    "update": Operation(
        "updateCredential",
        "Rename a passkey",
        ("credentials:update",),
        Credential,
        Sent(CredentialBody, "credential"),
        refusals=(409,),
    ),
    "delete": Operation(
        "deleteCredential",
        "Delete a passkey for good",
        ("credentials:delete",),
        refusals=(409,),
    ),
    "revoke": Operation(
        "revokeCredential",
        "Revoke a passkey; it stays in the list",
        ("credentials:revoke",),
        Credential,
        refusals=(409,),
    ),
}

JOBS: Operations = {
    "create": Operation(
        "createCredentialBindingJob",
        "Make a link that binds a passkey; answered (`RETURN`) or mailed (`EMAIL`)",
        ("credential-binding-jobs:create",),
        MadeBindingJob,
        Sent(JobBody, "job"),
        refusals=(409, 422, 429),
        once=True,
    ),
    "list_all": Operation(
        "listCredentialBindingJobs",
        "List binding jobs of an identity, or with `-` of the realm",
        ("credential-binding-jobs:read",),
        BindingJobs,
        query=(*LONG, _JOB_FILTER),
    ),
    "read": Operation(
        "getCredentialBindingJob",
        "Read a binding job",
        ("credential-binding-jobs:read",),
        BindingJob,
    ),
    "revoke": Operation(
        "revokeCredentialBindingJob",
        "Withdraw a link",
        ("credential-binding-jobs:revoke",),
        BindingJob,
        refusals=(409,),
    ),
    "resend": Operation(
        "resendCredentialBindingJob",
        "Replace a link by a new one with a full life",
        ("credential-binding-jobs:create",),
        MadeBindingJob,
        refusals=(409, 422, 429),
    ),
}

BATCHES: Operations = {
    "create": Operation(
        "createBatchCredentialBindingJob",
        "Queue links by mail for many identities",
        ("credential-binding-jobs:create",),
        BindingBatch,
        Sent(BatchBody, "batch_credential_binding_job"),
        refusals=(409, 422, 429),
        once=True,
    ),
    "read": Operation(
        "getBatchCredentialBindingJob",
        "Read a batch and how far it is",
        ("credential-binding-jobs:read",),
        BindingBatch,
    ),
    "list_results": Operation(
        "listBatchCredentialBindingJobResults",
        "List what became of each identity of a batch, in the order of ids",
        ("credential-binding-jobs:read",),
        BindingBatchResults,
        query=LONG,
    ),
}
