"""What one application's trouble, or one realm's many logins, mean for the others: nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keybound.domain.application import ES256, Application
from keybound.domain.errors import Unavailable
from keybound.domain.ids import ApplicationId, IdentityId, RealmId, TenantId
from keybound.domain.login import Login
from keybound.domain.logout_notice import EndedSignIns, LogoutNotice
from keybound.domain.turns import Waiting
from keybound.oauth.backchannel_logout import AT_ONCE, BackchannelLogout, Told

from tests.support.configuration_samples import new_application
from tests.support.login_samples import new_login

NOW = 1_800_000_000


def notice(of: Application, *, attempts: int = 0, due: int = NOW, number: int = 0) -> LogoutNotice:
    hashed = f"{number:05}{attempts}{due}"
    where = of.tenant_id, of.realm_id, of.id
    return LogoutNotice(hashed, *where, "", "sid", due, NOW + 1000, NOW + 2000, attempts)


@dataclass
class Ends:
    """Ended sign-ins, and the logins of each identity, told two at a time."""

    kept: list[EndedSignIns] = field(default_factory=list)
    logins: Mapping[IdentityId, Sequence[Login]] = field(default_factory=dict)
    broken: frozenset[IdentityId] = frozenset()

    def waiting(self, behind: str, most: int) -> Sequence[Waiting[EndedSignIns]]:
        found = [
            Waiting(f"{each.realm_id}#", f"{each.realm_id}#{each.identity_id}", each)
            for each in self.kept
        ]
        return sorted((w for w in found if w.place > behind), key=lambda w: w.place)[:most]

    def next_logins(self, ended: EndedSignIns) -> tuple[Sequence[Login], EndedSignIns | None]:
        if ended.identity_id in self.broken:
            raise Unavailable(detail="made to fail by a test")
        first = int(ended.told_until or 0)
        logins = self.logins[ended.identity_id]
        more = EndedSignIns(
            ended.tenant_id, ended.realm_id, ended.identity_id, NOW, None, str(first + 2)
        )
        return logins[first : first + 2], more if first + 2 < len(logins) else None

    def keep(self, told: EndedSignIns) -> None:
        self.kept = [told if e.identity_id == told.identity_id else e for e in self.kept]

    def remove(self, ended: EndedSignIns) -> None:
        self.kept = [each for each in self.kept if each.identity_id != ended.identity_id]


@dataclass
class Outbox:
    kept: list[LogoutNotice]
    claimed: list[LogoutNotice] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    shards = 2

    def waiting(self, shard: int, behind: str, most: int) -> Sequence[Waiting[LogoutNotice]]:
        found = [
            Waiting(f"{each.application_id}#", f"{each.application_id}#{each.challenge_hash}", each)
            for each in self.kept
            if sum(each.challenge_hash.encode()) % self.shards == shard
        ]
        return sorted((w for w in found if w.place > behind), key=lambda w: w.place)[:most]

    def put(self, notice: LogoutNotice) -> None:
        self.kept.append(notice)

    def claim(self, notice: LogoutNotice, until: int) -> bool:
        if notice.challenge_hash in self.broken:
            raise Unavailable(detail="made to fail by a test")
        self.claimed.append(notice)
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
    """silent: hosts that never answer."""

    silent: tuple[str, ...] = ()
    urls: list[str] = field(default_factory=list)

    def post(self, url: str, form: Mapping[str, str]) -> int:
        self.urls.append(url)
        return 0 if any(f"//{host}." in url for host in self.silent) else 200


@dataclass
class Stand:
    applications: Sequence[Application]
    outbox: Outbox
    ends: Ends = field(default_factory=Ends)
    posted: Posted = field(default_factory=Posted)

    def run(self, steps: int = 100_000) -> Told:
        """Run with time for so many steps."""
        left = iter(range(steps))
        work = BackchannelLogout(
            announcements=self.ends,
            notices=self.outbox,
            configuration=Configured(self.applications),  # type: ignore[arg-type]
            signer=SignerOfOneAlgorithm(),
            delivery=self.posted,
            clock=lambda: NOW,
            randomness=bytes,
            auth_base_url="https://auth.example.com",
        )
        return work.run(lambda: next(left, None) is not None)


def sample(name: str, **changes: Any) -> Application:
    uri = {"backchannel_logout_uri": f"https://{name}.example.com/logout"}
    return new_application(id=ApplicationId(name), **(uri | changes))


def test_an_application_whose_algorithm_has_no_key_is_put_off_and_stops_nobody() -> None:
    broken, whole = sample("a", token_signing_algorithm=ES256), sample("b")
    stand = Stand([broken, whole], Outbox([notice(broken), notice(whole)]))
    counts = stand.run()
    assert (counts.put_off, counts.delivered) == (1, 1)
    assert stand.posted.urls == [whole.backchannel_logout_uri]


def test_first_attempts_come_before_repeated_ones() -> None:
    """An application that never answers costs each attempt its whole time."""
    slow, fresh = sample("a"), sample("b")
    repeated = [notice(slow, attempts=n % 5 + 1, due=NOW - n) for n in range(16)]
    stand = Stand([slow, fresh], Outbox([*repeated, notice(fresh)]))
    stand.run()
    assert fresh.backchannel_logout_uri in stand.posted.urls[:16], "in the first round"


def test_an_application_with_ten_thousand_notices_lets_others_have_their_turn() -> None:
    many, few = sample("a"), [sample("b"), sample("c")]
    notices = [notice(many, number=n) for n in range(10_000)]
    stand = Stand([many, *few], Outbox(notices + [notice(each) for each in few]))
    stand.run(steps=100)
    for each in few:
        assert each.backchannel_logout_uri in stand.posted.urls


def test_a_host_that_gives_no_answer_is_asked_once_a_run_and_others_are_told() -> None:
    """Each call that waits in vain takes seconds of the run. The rest is not lost: it is due."""
    silent, whole = sample("a"), sample("b")
    notices = [notice(silent, number=n) for n in range(300)]
    notices += [notice(whole, number=n) for n in range(3)]
    stand = Stand([silent, whole], Outbox(notices), posted=Posted(("a",)))
    counts = stand.run()
    assert counts.delivered == 3
    assert counts.put_off == len(stand.outbox.claimed) - 3 <= AT_ONCE
    assert counts.put_off + counts.left == 300
    assert len(stand.outbox.kept) == 300


def test_what_one_tenant_says_of_a_host_is_not_believed_for_another() -> None:
    """Else anybody could keep a rival's logouts waiting with a path that never answers."""
    mine = sample("a", backchannel_logout_uri="https://rival.example.com/never")
    theirs = sample("rival", tenant_id=TenantId("f" * 16))
    stand = Stand([mine, theirs], Outbox([notice(mine), notice(theirs)]), posted=Posted(("rival",)))
    assert stand.run().left == 0
    assert len(stand.posted.urls) == 2


def test_a_notice_whose_write_fails_stops_no_other() -> None:
    one = sample("a")
    notices = [notice(one, number=n) for n in range(20)]
    broken = frozenset({notices[0].challenge_hash})
    stand = Stand([one], Outbox(list(notices), broken=broken))
    counts = stand.run()
    assert (counts.delivered, counts.failed) == (19, 1)
    assert stand.outbox.kept == notices[:1]


def ended(realm: str, who: str) -> EndedSignIns:
    return EndedSignIns(TenantId("t"), RealmId(realm), IdentityId(who), NOW)


def test_a_realm_that_loses_a_thousand_people_lets_others_have_their_turn() -> None:
    one = sample("a")
    login = [new_login(application_id=one.id, auth_time=NOW)]
    crowd = [ended("crowd", f"{n:04}") for n in range(1000)]
    stand = Stand(
        [one],
        Outbox([]),
        Ends(
            [*crowd, ended("other", "x")],
            {each.identity_id: login for each in crowd} | {IdentityId("x"): login},
        ),
    )
    stand.run(steps=200)
    assert "other" not in {each.realm_id for each in stand.ends.kept}


def test_somebody_with_ten_thousand_logins_keeps_nobody_waiting_and_is_told_in_the_end() -> None:
    one = sample("a")
    logins = [new_login(application_id=one.id, challenge_hash=f"{n:05}") for n in range(10_000)]
    stand = Stand(
        [one],
        Outbox([]),
        Ends(
            [ended("r", "many"), ended("r", "one")],
            {IdentityId("many"): logins, IdentityId("one"): [new_login(application_id=one.id)]},
        ),
    )
    stand.run(steps=20)
    assert [each.identity_id for each in stand.ends.kept] == ["many"]
    announced = sum(stand.run(steps=4000).announced for _ in range(10))
    assert stand.ends.kept == []
    assert announced <= len(logins)
    assert len(stand.posted.urls) == len(logins) + 1


def test_ends_that_cannot_be_read_stop_no_others() -> None:
    one = sample("a")
    good, bad = ended("r", "good"), ended("r", "bad")
    login = [new_login(application_id=one.id)]
    stand = Stand(
        [one], Outbox([]), Ends([bad, good], {good.identity_id: login}, {bad.identity_id})
    )  # type: ignore[arg-type]
    counts = stand.run()
    assert (counts.announced, counts.failed) == (1, 1)
    assert stand.ends.kept == [bad]
