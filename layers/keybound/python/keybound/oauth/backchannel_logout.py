"""Tells applications that logins ended (OpenID Connect Back-Channel Logout 1.0).

Whoever ends a login leaves a notice in the same write; this runs later, signs a logout token for
each notice and posts it. An attempt is claimed before it is made, so two runs do not tell twice.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from keybound.domain.application import Application
from keybound.domain.clock import Clock
from keybound.domain.errors import Unavailable
from keybound.domain.ids import TenantId
from keybound.domain.issuer import issuer_url
from keybound.domain.login import Login
from keybound.domain.logout_notice import EndedSignIns, LogoutNotice
from keybound.domain.parallel import together
from keybound.domain.secrets import Randomness, new_secret
from keybound.domain.turns import in_turns
from keybound.oauth.logout_token import TYP, logout_claims
from keybound.oauth.ports import Configuration, Signer
from keybound.oauth.ports_logout import Announcements, Delivery, LogoutNotices

GIVEN_UP_AFTER_S = 24 * 3600
FIRST_RETRY_S = 120
MOST_ATTEMPTS = 6
AT_ONCE = 8
ENDS_AT_ONCE, NOTICES_AT_ONCE = 25, 100
DONE = (200, 204)
NO_ANSWER, NOT_SIGNED = 0, -1

Steps = Iterator[None]
Host = tuple[TenantId, str]
"""Whose application is at which host: what one tenant's is like says nothing of another's."""


def notice_of(login: Login, now: int) -> LogoutNotice:
    """Return the notice of a login's end, due now."""
    return LogoutNotice(
        challenge_hash=login.challenge_hash,
        tenant_id=login.tenant_id,
        realm_id=login.realm_id,
        application_id=login.application_id,
        subject=login.subject,
        sid=login.sid,
        due=now,
        expires_at=now + GIVEN_UP_AFTER_S,
        ttl=now + 2 * GIVEN_UP_AFTER_S,
    )


@dataclass
class Told:
    """Counts for the log line. put_off: no answer, or none that says done. left: due, to a host
    that gave no answer to an earlier call of this run. failed: storage failed."""

    announced: int = 0
    delivered: int = 0
    put_off: int = 0
    given_up: int = 0
    dropped: int = 0
    left: int = 0
    failed: int = 0


@dataclass(frozen=True)
class BackchannelLogout:
    """Works through what waits. `has_time` says whether another call may be begun."""

    announcements: Announcements
    notices: LogoutNotices
    configuration: Configuration
    signer: Signer
    delivery: Delivery
    clock: Clock
    randomness: Randomness
    auth_base_url: str

    def run(self, has_time: Callable[[], bool]) -> Told:
        """Tell what can be told in time; what was not told stays. What fails stays too, is counted
        and stops nothing else.

        Realms and applications take turns, and so do the partitions: what one of them has, however
        much it is, keeps nobody else's waiting.
        """
        told, silent = Told(), set[Host]()

        def deliveries() -> Iterator[Steps]:
            return (self._delivering(each, told, silent) for each in range(self.notices.shards))

        announcing = self._announcing(told)
        work = deque([announcing, *deliveries()])
        while work and has_time():
            steps = work.popleft()
            try:
                next(steps)
            except StopIteration:
                if steps is announcing and told.announced:
                    work += deliveries()  # of what was announced behind their backs
            except Unavailable:
                told.failed += 1  # what cannot be read is left to the next run
            else:
                work.append(steps)
        return told

    def _announcing(self, told: Told) -> Steps:
        """Turn the ends of persons and passkeys into one notice a login."""
        more = deque[EndedSignIns]()
        for ends in in_turns(self.announcements.waiting, ENDS_AT_ONCE, self._start()):
            for ended in ends:
                more += self._announce(ended, told)
                yield
        while more:
            more += self._announce(more.popleft(), told)
            yield

    def _announce(self, ended: EndedSignIns, told: Told) -> list[EndedSignIns]:
        """Announce some logins; return the ends once more if there are others of them."""
        try:
            logins, further = self.announcements.next_logins(ended)
            notices = [notice_of(login, self.clock()) for login in logins if self._is_told(login)]
            for some in _parts(notices):
                together(*(partial(self.notices.put, notice) for notice in some))
            told.announced += len(notices)
            if further is None:
                self.announcements.remove(ended)
                return []
            self.announcements.keep(further)
        except Unavailable:
            told.failed += 1
            return []
        return [further]

    def _delivering(self, shard: int, told: Told, silent: set[Host]) -> Steps:
        pages = partial(self.notices.waiting, shard)
        for page in in_turns(pages, NOTICES_AT_ONCE, self._start()):
            due = [notice for notice in page if notice.due <= self.clock()]
            due.sort(key=lambda notice: (notice.attempts, notice.due))
            for some in _parts(due):
                for outcome in together(*(partial(self._told, one, silent) for one in some)):
                    setattr(told, outcome, getattr(told, outcome) + 1)
                yield
            yield

    def _told(self, notice: LogoutNotice, silent: set[Host]) -> str:
        """Make one attempt and return the name of its count."""
        try:
            return self._tell(notice, silent)
        except Unavailable:
            return "failed"

    def _tell(self, notice: LogoutNotice, silent: set[Host]) -> str:
        now, application = self.clock(), self._application(notice)
        if application is None or not application.backchannel_logout_uri:
            self.notices.remove(notice)
            return "dropped"
        if now >= notice.expires_at or notice.attempts >= MOST_ATTEMPTS:
            self.notices.remove(notice)
            return "given_up"
        host = (notice.tenant_id, urlsplit(application.backchannel_logout_uri).netloc)
        if host in silent:
            return "left"
        if not self.notices.claim(notice, now + FIRST_RETRY_S * 2**notice.attempts):
            return "dropped"
        status = self._post(notice, application, now)
        if status not in DONE:
            if status == NO_ANSWER:
                silent.add(host)
            return "put_off"
        self.notices.remove(notice)
        return "delivered"

    def _is_told(self, login: Login) -> bool:
        application = self._application(login)
        return application is not None and bool(application.backchannel_logout_uri)

    def _start(self) -> str:
        return self.randomness(8).hex()

    def _post(self, notice: LogoutNotice, application: Application, now: int) -> int:
        """Return what the application answers. One whose algorithm has no key in this deployment
        hears nothing, and is no reason to stop telling others."""
        ids = notice.tenant_id, notice.realm_id, notice.application_id
        issuer, jti = issuer_url(self.auth_base_url, *ids), new_secret(self.randomness, 16)
        try:
            token = self.signer.sign(
                logout_claims(notice, application, issuer, now=now, jti=jti),
                typ=TYP,
                alg=application.token_signing_algorithm,
            )
        except Unavailable:
            return NOT_SIGNED
        uri = application.backchannel_logout_uri
        return self.delivery.post(uri, {"logout_token": token})

    def _application(self, of: LogoutNotice | Login) -> Application | None:
        return self.configuration.find_application(of.tenant_id, of.realm_id, of.application_id)


def _parts(notices: Sequence[LogoutNotice]) -> Iterator[Sequence[LogoutNotice]]:
    for first in range(0, len(notices), AT_ONCE):
        yield notices[first : first + AT_ONCE]
