"""What telling applications about ended logins needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from keybound.domain.login import Login, LoginLocator
from keybound.domain.logout_notice import EndedSignIns, LogoutNotice


class LoginEnder(Protocol):
    """Ends a login at its client's wish. Repeating it, or a wrong `sid`, changes nothing."""

    def revoke_by_sid(self, locator: LoginLocator, sid: str, client_id: str, now: int) -> None: ...

    def end_and_tell(self, notice: LogoutNotice, client_id: str, now: int) -> None:
        """Revoke the login and leave the notice, both or neither."""


class Announcements(Protocol):
    """Logins whose end must be told, as the directory left word of it."""

    def waiting(self) -> Sequence[EndedSignIns]: ...

    def logins_of(self, ended: EndedSignIns) -> Sequence[Login]:
        """Return logins that these ends concern and that nobody revoked before."""

    def remove(self, ended: EndedSignIns) -> None: ...


class LogoutNotices(Protocol):
    """Notices that are to be sent."""

    def put(self, notice: LogoutNotice) -> None:
        """Leave a notice; one that is there already stays as it is."""

    def waiting(self, now: int, most: int) -> Sequence[LogoutNotice]:
        """Return notices that are due, at most so many of each partition."""

    def claim(self, notice: LogoutNotice, until: int) -> bool:
        """Count an attempt and put the next one off. Of any number of callers one gets True."""

    def remove(self, notice: LogoutNotice) -> None: ...


class Delivery(Protocol):
    def post(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form to a customer's URL; return the status, 0 when there was no answer."""
