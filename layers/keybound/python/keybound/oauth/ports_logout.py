"""What telling applications about ended logins needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from keybound.domain.login import Login, LoginLocator
from keybound.domain.logout_notice import EndedSignIns, LogoutNotice
from keybound.domain.turns import Waiting


class LoginEnder(Protocol):
    """Ends a login at its client's wish. Repeating it, or a wrong `sid`, changes nothing."""

    def revoke_by_sid(self, locator: LoginLocator, sid: str, client_id: str, now: int) -> None: ...

    def end_and_tell(self, notice: LogoutNotice, client_id: str, now: int) -> None:
        """Revoke the login and leave the notice, both or neither."""


class Announcements(Protocol):
    """Logins whose end must be told, as the directory left word of it."""

    def waiting(self, behind: str, most: int) -> Sequence[Waiting[EndedSignIns]]: ...

    def next_logins(self, ended: EndedSignIns) -> tuple[Sequence[Login], EndedSignIns | None]:
        """Return some logins that these ends concern, those not told yet and that nobody revoked
        before; and, if there may be more, the ends as they are when these are told."""

    def keep(self, told: EndedSignIns) -> None:
        """Remember how far they are told. Ends that came since begin anew."""

    def remove(self, ended: EndedSignIns) -> None: ...


class LogoutNotices(Protocol):
    """Notices that are to be sent."""

    shards: int

    def put(self, notice: LogoutNotice) -> None:
        """Leave a notice; one that is there already stays as it is."""

    def waiting(self, shard: int, behind: str, most: int) -> Sequence[Waiting[LogoutNotice]]:
        """Return notices of a partition, also those that are not due."""

    def claim(self, notice: LogoutNotice, until: int) -> bool:
        """Count an attempt and put the next one off. Of any number of callers one gets True."""

    def remove(self, notice: LogoutNotice) -> None: ...


class Delivery(Protocol):
    def post(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form to a customer's URL; return the status, 0 when there was no answer."""
