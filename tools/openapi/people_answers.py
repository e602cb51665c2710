"""Identities, credentials and binding jobs as they are answered."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from functions.identities.body import TraitsBody
from tools.openapi.shapes import Count, HexId, NextPageToken, Time, Uuid

TRAITS = tuple(name for name in TraitsBody.model_fields if name not in ("type", "username"))

_TRAITS = {"type": Literal["traits_v0"], "username": str, **dict.fromkeys(TRAITS, NotRequired[str])}
Traits = TypedDict("Traits", _TRAITS)  # type: ignore[misc]  # optional are those of the body


class Identity(TypedDict):
    """A person, or whoever signs in."""

    id: HexId
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    status: Literal["active", "suspended"]
    traits: Traits
    enrollment_status: NotRequired[
        Annotated[Literal["ENROLLED"], Field(description="there is an active passkey")]
    ]
    create_time: Time
    update_time: Time


class Identities(TypedDict):
    """One page."""

    identities: list[Identity]
    total_size: NotRequired[
        Annotated[Count, Field(description="left out when a filter matches more than a page")]
    ]
    next_page_token: NotRequired[NextPageToken]


class Credential(TypedDict):
    """A passkey."""

    id: str
    identity_id: HexId
    realm_id: HexId
    tenant_id: HexId
    display_name: str
    state: Literal["ACTIVE", "REVOKED"]
    csr_type: Literal["WEBAUTHN"]
    jwk_json: Annotated[str, Field(description="the public JWK, as a text")]
    jwk_thumbprint: Annotated[str, Field(description="RFC 7638, unpadded base64url")]
    aaguid: Uuid
    provider_name: NotRequired[
        Annotated[str, Field(description="what people call the AAGUID, if that is known")]
    ]
    backup_eligible: bool
    backup_state: bool
    transports: list[str]
    last_used_time: NotRequired[Time]
    create_time: Time
    update_time: Time


class Credentials(TypedDict):
    """One page."""

    credentials: list[Credential]
    total_size: Count
    next_page_token: NotRequired[NextPageToken]


class BindingJob(TypedDict):
    """A link that binds one passkey to an identity."""

    id: HexId
    realm_id: HexId
    tenant_id: HexId
    identity_id: HexId
    delivery_method: Literal["RETURN", "EMAIL"]
    state: Literal["LINK_SENT", "LINK_OPENED", "COMPLETE", "EXPIRED", "REVOKED", "FAILED_TO_SEND"]
    batch_id: NotRequired[Annotated[HexId, Field(description="of the batch it was made for")]]
    post_binding_redirect_uri: NotRequired[str]
    credential_id: NotRequired[str]
    mail_state: NotRequired[Literal["PENDING", "SENT", "FAILED"]]
    failure_reason: NotRequired[str]
    adding_proof: NotRequired[Literal["SCOPE", "SIGN_IN"]]
    authenticator_config_id: Uuid
    expire_time: Time
    create_time: Time
    update_time: Time


class BindingJobs(TypedDict):
    """One page."""

    credential_binding_jobs: list[BindingJob]
    total_size: NotRequired[
        Annotated[
            Count,
            Field(
                description="left out when a filter, or the list of one identity, has more "
                "than a page"
            ),
        ]
    ]
    next_page_token: NotRequired[NextPageToken]


class MadeBindingJob(TypedDict):
    """The link is there when it was asked to be returned."""

    credential_binding_job: BindingJob
    credential_binding_link: NotRequired[Annotated[str, Field(json_schema_extra={"format": "uri"})]]


class BatchTemplate(TypedDict):
    """What all jobs of a batch have in common."""

    authenticator_config_id: Uuid
    post_binding_redirect_uri: NotRequired[str]


class BatchError(TypedDict):
    """What stands against a job. When it has not failed permanently it is tried again."""

    last_error: str
    failed_permanently: bool


class BatchCommentary(TypedDict):
    """By identity id."""

    errors: dict[str, BatchError]


class BindingBatch(TypedDict):
    """Links by mail for many identities."""

    id: HexId
    realm_id: HexId
    tenant_id: HexId
    identity_ids: list[HexId]
    job_template: BatchTemplate
    state: Literal["RUNNING", "FAILED", "PARTIAL_SUCCESS", "SUCCESS"]
    state_commentary: BatchCommentary
    expire_time: Annotated[Time, Field(description="until when the batch can be read")]
    create_time: Time
    update_time: Time


class BindingBatchResult(TypedDict):
    """What became of one identity."""

    identity_id: HexId
    state: Literal["PENDING", "SUCCESS", "FAILED"]
    credential_binding_job_id: NotRequired[HexId]
    credential_binding_job: NotRequired[
        Annotated[BindingJob, Field(description="as long as there is one")]
    ]
    last_error: NotRequired[str]
    failed_permanently: NotRequired[bool]


class BindingBatchResults(TypedDict):
    """One page."""

    job_results: list[BindingBatchResult]
    total_success_count: Count
    total_failure_count: Count
    total_pending_count: Count
    total_size: Count
    next_page_token: NotRequired[NextPageToken]
