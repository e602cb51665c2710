"""The body that makes a credential binding job: `{"job": {…}}`."""

from typing import Annotated

from keybound.binding.adding import AddingProof
from keybound.binding.jobs import NewJob
from keybound.domain.binding_job import (
    DEFAULT_LIFETIME_S,
    EMAIL,
    MAX_LIFETIME_S,
    MIN_LIFETIME_S,
    RETURN,
)
from keybound.edge.binding_job_fields import ConfigId, Uri, filled
from keybound.edge.management import Body, said
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

MAX_ID_TOKEN = 8192


def _delivery_method(text: str) -> str:
    if text not in (RETURN, EMAIL):
        raise PydanticCustomError("text", "must be RETURN or EMAIL")
    return text


DeliveryMethod = Annotated[str, AfterValidator(_delivery_method), said(enum=[RETURN, EMAIL])]
IdToken = Annotated[
    str, StringConstraints(max_length=MAX_ID_TOKEN), AfterValidator(filled), said(minLength=1)
]
Seconds = Annotated[int, Field(ge=MIN_LIFETIME_S, le=MAX_LIFETIME_S)]


class JobBody(Body):
    delivery_method: DeliveryMethod
    authenticator_config_id: ConfigId
    post_binding_redirect_uri: Uri | None = None
    expires_in: Seconds = DEFAULT_LIFETIME_S
    id_token: IdToken | None = None

    def new_job(self, proof: AddingProof) -> NewJob:
        uri = self.post_binding_redirect_uri or ""
        return NewJob(self.authenticator_config_id, uri, self.expires_in, proof)
