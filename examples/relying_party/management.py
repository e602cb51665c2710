"""The management API, as far as this application needs it. The back end alone may call it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from examples.relying_party.failures import ServiceRefused, ServiceUnreachable
from examples.relying_party.management_token import ManagementToken
from examples.relying_party.service_answers import bearer, field_violations, object_in, text_in

if TYPE_CHECKING:
    from requests import Response

TIMEOUT_S = 10


class UsernameTaken(Exception):
    """Another identity of the realm has this username."""


class NoMail(Exception):
    """The service sends no mail there; `too_many`: not for now, there were too many."""

    def __init__(self, *, too_many: bool) -> None:
        super().__init__("no mail")
        self.too_many = too_many


class Refused(Exception):
    """The service does not accept the input. `fields` maps its names of fields to reasons."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("refused")
        self.fields = fields


@dataclass(frozen=True)
class BindingJob:
    """`link` binds one passkey to the identity: a secret, for that person's browser only."""

    id: str
    link: str


@dataclass(frozen=True)
class Passkey:
    """An active passkey of an identity. Times are RFC 3339; `last_used` may be empty."""

    name: str
    created: str
    last_used: str = ""


class Management:
    """Calls `{api_base_url}/v1/tenants/{tenant}/realms/{realm}/…`."""

    def __init__(
        self, api_base_url: str, tenant_id: str, realm_id: str, token: ManagementToken
    ) -> None:
        self._realm = f"{api_base_url}/v1/tenants/{quote(tenant_id)}/realms/{quote(realm_id)}"
        self._token = token

    def create_identity(self, display_name: str, username: str, email: str) -> str:
        """Return the new identity's id. Raises UsernameTaken, Refused, ServiceUnreachable."""
        traits = {"type": "traits_v0", "username": username}
        if email:
            traits["primary_email_address"] = email
        identity = {"display_name": display_name, "traits": traits}
        answer = self._call("POST", "/identities", {"identity": identity})
        if answer.status_code == 409:
            raise UsernameTaken
        if answer.status_code == 400:
            raise Refused(field_violations(answer))
        return text_in(object_in(answer), "id")

    def create_binding_job(
        self, identity_id: str, authenticator_config_id: str, afterwards: str, id_token: str = ""
    ) -> BindingJob:
        """Ask for a link that is handed back to us instead of mailed. Raises ServiceUnreachable.

        id_token: of a sign-in within the last five minutes, without which the service makes no
        link for an identity that has a passkey.
        """
        job = {
            "delivery_method": "RETURN",
            "authenticator_config_id": authenticator_config_id,
            "post_binding_redirect_uri": afterwards,
        } | ({"id_token": id_token} if id_token else {})
        body = object_in(self._call("POST", self._jobs(identity_id), {"job": job}))
        made = body.get("credential_binding_job")
        if not isinstance(made, dict):
            raise ServiceRefused(200)
        return BindingJob(text_in(made, "id"), text_in(body, "credential_binding_link"))

    def mail_binding_link(
        self, identity_id: str, authenticator_config_id: str, afterwards: str
    ) -> str:
        """Have a link mailed to the identity's address, and return the job's id; the link itself
        comes to us at no time. Raises NoMail, ServiceUnreachable."""
        job = {
            "delivery_method": "EMAIL",
            "authenticator_config_id": authenticator_config_id,
            "post_binding_redirect_uri": afterwards,
        }
        answer = self._call("POST", self._jobs(identity_id), {"job": job})
        if answer.status_code in (422, 429):
            raise NoMail(too_many=answer.status_code == 429)
        made = object_in(answer).get("credential_binding_job")
        if not isinstance(made, dict):
            raise ServiceRefused(200)
        return text_in(made, "id")

    def revoke_binding_job(self, identity_id: str, job_id: str) -> None:
        """Make a link worthless. One that has ended already (409) is left as it is."""
        answer = self._call("POST", f"{self._jobs(identity_id)}/{quote(job_id)}:revoke", {})
        if answer.status_code != 409:
            object_in(answer)

    def active_passkeys(self, identity_id: str) -> list[Passkey]:
        """Return the identity's active passkeys; revoked ones may fill whole pages before them."""
        path = f"/identities/{quote(identity_id)}/credentials?page_size=200"
        page = object_in(self._call("GET", path))
        found = list(page.get("credentials", []))
        while token := page.get("next_page_token"):
            page = object_in(self._call("GET", f"{path}&page_token={quote(str(token))}"))
            found += page.get("credentials", [])
        return [
            Passkey(
                str(item.get("display_name") or ""),
                str(item.get("create_time", "")),
                str(item.get("last_used_time") or ""),
            )
            for item in found
            if item.get("state") == "ACTIVE"
        ]

    def _jobs(self, identity_id: str) -> str:
        return f"/identities/{quote(identity_id)}/credential-binding-jobs"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> "Response":
        answer = self._send(method, path, body)
        if answer.status_code == 401:  # the token ended early: once more, with another
            self._token.forget()
            answer = self._send(method, path, body)
        return answer

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> "Response":
        import requests  # here, so that the first page does not wait for it

        url = self._realm + path
        auth = bearer(self._token.get())
        try:
            return requests.request(
                method, url, json=body, auth=auth, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise ServiceUnreachable from error
