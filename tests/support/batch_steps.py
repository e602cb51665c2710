"""The steps of a batch of binding jobs, over real rooms."""

from dataclasses import dataclass
from typing import Any

from keybound.domain.ids import RealmId
from keybound.storage import keys
from keybound.storage.keys import Key

from functions import composition
from tests.support.binding_steps import identity_body
from tests.support.platform import Answer, Platform

BATCHES = "/batch-credential-binding-jobs"


@dataclass(frozen=True)
class BatchSteps:
    """A config of the platform's realm, and people of it with addresses of their own."""

    platform: Platform
    config_id: str

    def people(self, count: int) -> list[dict[str, Any]]:
        return [self.person() for _ in range(count)]

    def person(self, **identity: Any) -> dict[str, Any]:
        body = identity_body(**identity)
        traits = body["identity"]["traits"]
        traits["primary_email_address"] = f"{traits['username']}@example.com"
        answer = self.platform.manage("POST", "/identities", body)
        assert answer.status == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def body(self, ids: list[str], **template: Any) -> dict[str, Any]:
        job_template = {"authenticator_config_id": self.config_id, **template}
        return {"batch_credential_binding_job": {"identity_ids": ids, "job_template": job_template}}

    def create(self, ids: list[str], **template: Any) -> Answer:
        return self.platform.manage("POST", BATCHES, self.body(ids, **template))

    def made(self, people: list[dict[str, Any]], **template: Any) -> str:
        """Make a batch and return its id."""
        answer = self.create([person["id"] for person in people], **template)
        assert answer.status == 200, answer.text
        batch_id: str = answer.json()["id"]
        return batch_id

    def read(self, batch_id: str) -> dict[str, Any]:
        answer = self.platform.manage("GET", f"{BATCHES}/{batch_id}")
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def results(self, batch_id: str, query: str = "?page_size=200") -> dict[str, Any]:
        answer = self.platform.manage("GET", f"{BATCHES}/{batch_id}:listResults{query}")
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def work(self) -> dict[str, Any]:
        worked: dict[str, Any] = self.platform.run_scheduled("batch_job_queue")
        return worked

    def jobs_of(self, person: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/identities/{person['id']}/credential-binding-jobs?page_size=200"
        found: list[dict[str, Any]] = self.platform.manage("GET", path).json()[
            "credential_binding_jobs"
        ]
        return found

    def queued(self) -> int:
        item = composition.grants().get(self._count)
        return int(item["queued"]) if item else 0

    def hide(self) -> None:
        """Take every batch out of the queue, as if somebody had it; its identities still count."""
        table = composition.grants()
        for item in table.query_all("pk = :pk", {":pk": keys.BATCH_QUEUE}):
            table.delete(Key(item["pk"], item["sk"]))

    def forget(self) -> None:
        """Leave nothing queued of what other tests have made."""
        self.hide()
        composition.grants().delete(self._count)

    @property
    def _count(self) -> Key:
        return keys.queued_identities(self.platform.tenant_id, RealmId(self.platform.realm_id))
