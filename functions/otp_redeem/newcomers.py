"""Makes identities of people who sign up by a mailed code, on the conditions of every creation."""

from dataclasses import dataclass

from keybound.directory.former_subjects import mindful
from keybound.directory.ports import SubjectFields
from keybound.domain.errors import Conflict
from keybound.domain.identity import Identity
from keybound.domain.ids import IdentityId, new_hex_id
from keybound.domain.newcomer import newcomer
from keybound.domain.secrets import Randomness
from keybound.domain.tenancy import RealmPath
from keybound.storage.identities import Identities


@dataclass(frozen=True)
class NewIdentities:
    """Satisfies `keybound.oauth.ports_otp.Newcomers`."""

    identities: Identities
    subject_fields: SubjectFields
    randomness: Randomness

    def draft(self, path: RealmPath, address: str, now: int) -> Identity:
        return newcomer(path, address, IdentityId(new_hex_id(self.randomness)), now)

    def admit(self, draft: Identity, since: int) -> Identity | None:
        path = RealmPath(draft.tenant_id, draft.realm_id)
        try:
            mindful(
                self.subject_fields,
                path,
                False,
                lambda reused: self.identities.create(draft, (), reused),
            )
        except Conflict:
            return self._made_meanwhile(path, draft, since)
        return draft

    def _made_meanwhile(self, path: RealmPath, draft: Identity, since: int) -> Identity | None:
        """Return what another request made of the same address, or this one before its answer was
        lost. Whoever was there before the code was asked for is somebody else."""
        found = self.identities.find_by_username(path, draft.username)
        if found is None or found.email != draft.email or found.create_time < since:
            return None
        return found
