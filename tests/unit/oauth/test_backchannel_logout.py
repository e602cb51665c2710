"""What one application's trouble means for the others: nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keybound.domain.application import ES256, Application
from keybound.domain.errors import Unavailable
from keybound.domain.ids import ApplicationId, RealmId, TenantId
from keybound.domain.logout_notice import LogoutNotice
from keybound.oauth.backchannel_logout import BackchannelLogout

from tests.support.configuration_samples import new_application

NOW = 1_800_000_000


def notice(of: Application, *, attempts: int = 0, due: int = NOW) -> LogoutNotice:
    hashed = f"{of.id}{attempts}{due}"
    where = of.tenant_id, of.realm_id, of.id
    return LogoutNotice(hashed, *where, "", "sid", due, NOW + 1000, NOW + 2000, attempts)


class NoEnds:
    def waiting(self) -> Sequence[Any]:
        return ()


@dataclass
class Outbox:
    kept: list[LogoutNotice]

    def waiting(self, now: int, most: int) -> Sequence[LogoutNotice]:
        return list(self.kept)

    def claim(self, notice: LogoutNotice, until: int) -> bool:
        return True

    def remove(self, notice: LogoutNotice) -> None:
        self.kept.remove(notice)


@dataclass
class Configured:
    applications: Sequence[Application]

    def find_application(self, t: TenantId, r: RealmId, a: ApplicationId) -> Application | None:
        return next((each for each in self.applications if each.id == a), None)


class SignerOfOneAlgorithm:
    def sign(self, claims: Mapping[str, Any], *, typ: str, alg: str) -> str:
        if alg == ES256:
            raise Unavailable(detail="no current ES256 signing key")
        return "token"


@dataclass
class Posted:
    urls: list[str] = field(default_factory=list)

    def post(self, url: str, form: Mapping[str, str]) -> int:
        self.urls.append(url)
        return 200


def told(applications: Sequence[Application], notices: list[LogoutNotice]) -> tuple[Any, Posted]:
    posted = Posted()
    work = BackchannelLogout(
        announcements=NoEnds(),  # type: ignore[arg-type]
        notices=Outbox(notices),  # type: ignore[arg-type]
        configuration=Configured(applications),  # type: ignore[arg-type]
        signer=SignerOfOneAlgorithm(),
        delivery=posted,
        clock=lambda: NOW,
        randomness=bytes,
        auth_base_url="https://auth.example.com",
    )
    return work.run(lambda: True), posted


def sample(name: str, **changes: Any) -> Application:
    uri = f"https://{name}.example.com/logout"
    return new_application(id=ApplicationId(name), backchannel_logout_uri=uri, **changes)


def test_an_application_whose_algorithm_has_no_key_is_put_off_and_stops_nobody() -> None:
    broken, whole = sample("a", token_signing_algorithm=ES256), sample("b")
    counts, posted = told([broken, whole], [notice(broken), notice(whole)])
    assert (counts.put_off, counts.delivered) == (1, 1)
    assert posted.urls == [whole.backchannel_logout_uri]


def test_first_attempts_come_before_repeated_ones() -> None:
    """An application that never answers costs each attempt its whole time."""
    slow, fresh = sample("a"), sample("b")
    repeated = [notice(slow, attempts=n % 5 + 1, due=NOW - n) for n in range(16)]
    _, posted = told([slow, fresh], [*repeated, notice(fresh)])
    assert fresh.backchannel_logout_uri in posted.urls[:8], "in the first round"
