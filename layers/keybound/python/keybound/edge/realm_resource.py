"""Who calls about which resource of a realm: what a room of realm configuration asks first.

The caller is judged before the path is, and one 404 stands for all that this caller cannot see.
"""

from dataclasses import dataclass

from keybound.domain.errors import NotFound
from keybound.domain.tenancy import RealmPath
from keybound.edge.action_route import split_action
from keybound.edge.api_auth import Caller, ManagementAuth
from keybound.edge.http import Request
from keybound.edge.realm_path import realm_path


@dataclass(frozen=True)
class Admitted:
    """A caller with the scopes that were asked for, and what the path names. The id is as it was
    sent, and empty for a collection."""

    caller: Caller
    where: RealmPath
    id: str = ""


@dataclass(frozen=True)
class RealmResource:
    """How paths, scopes and errors name one kind of resource.

    resource_type: as errors do, `AuthenticatorConfig`. word: as URLs and scopes do,
    `authenticator-configs`. variable: the path variable that holds the id, followed by a verb
    where `has_verbs` (see `action_route`).
    """

    resource_type: str
    word: str
    variable: str
    has_verbs: bool = False

    def collection(
        self, auth: ManagementAuth, request: Request, verb: str, *others: str
    ) -> Admitted:
        """Admit a call on the whole collection, which needs the scope `word:verb` and `others`.

        Raises NotFound (of the realm), Unauthorized, Forbidden.
        """
        missing = NotFound("Realm", request.path.get("realm_id", ""))
        caller = auth.require(request, f"{self.word}:{verb}", *others, missing=missing)
        return Admitted(caller, realm_path(request, missing))

    def member(self, auth: ManagementAuth, request: Request, verb: str, *others: str) -> Admitted:
        """Admit a call on one resource. Raises NotFound (of it), Unauthorized, Forbidden."""
        resource_id = request.path.get(self.variable, "")
        if self.has_verbs:
            resource_id, _ = split_action(resource_id)
        missing = NotFound(self.resource_type, resource_id)
        caller = auth.require(request, f"{self.word}:{verb}", *others, missing=missing)
        return Admitted(caller, realm_path(request, missing), resource_id)
