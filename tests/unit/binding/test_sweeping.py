"""One realm's many mails, or one that storage fails on, keep nobody else's waiting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from keybound.binding.sweeping import AT_A_TURN, NOT_DUE, Run, SweptMails, sweep
from keybound.domain.errors import Unavailable
from keybound.domain.turns import Pages, Waiting


@dataclass
class Outbox:
    """Mails by realm, in two shards. unreadable: a shard that cannot be read."""

    realms: dict[str, int]
    seen: list[str] = field(default_factory=list)
    unreadable: int = -1

    def pages(self, shard: int) -> Pages[str]:
        def waiting(behind: str, most: int) -> Sequence[Waiting[str]]:
            if shard == self.unreadable:
                raise Unavailable(detail="made to fail by a test")
            found = [
                Waiting(f"{realm}#", f"{realm}#{n:05}", f"{realm}{n}")
                for realm, count in sorted(self.realms.items())
                for n in range(shard, count, 2)
            ]
            return [each for each in found if each.place > behind][:most]

        return waiting

    def swept(
        self, see_to: Callable[[str], str] | None = None, *, mails: int = 10**6
    ) -> SweptMails:
        left = iter(range(mails))

        def look(entry: str) -> str:
            self.seen.append(entry)
            return see_to(entry) if see_to else "sent"

        return sweep(self.pages, 2, look, Run(lambda: next(left, None) is not None))


def test_everything_is_seen_once() -> None:
    outbox = Outbox({"a": 100, "b": 3, "c": 0, "d": 51})
    assert outbox.swept() == SweptMails(154, 0, 0, 0, 0, finished=True)
    assert len(set(outbox.seen)) == 154


def test_a_realm_with_a_hundred_thousand_mails_lets_others_have_their_turn() -> None:
    outbox = Outbox({"a": 20_000, "b": 2, "z": 2})
    swept = outbox.swept(mails=6 * AT_A_TURN)
    assert not swept.finished
    assert {"b0", "b1", "z0", "z1"} <= set(outbox.seen)


def test_what_fails_stops_no_other_and_is_counted() -> None:
    def see_to(entry: str) -> str:
        if entry == "a0":
            raise Unavailable(detail="made to fail by a test")
        return "sent" if entry != "a1" else NOT_DUE

    swept = Outbox({"a": 4, "b": 2}).swept(see_to)
    assert swept == SweptMails(4, 0, 0, 0, 1, finished=False)


def test_a_shard_that_cannot_be_read_keeps_no_other_from_being_swept() -> None:
    swept = Outbox({"a": 10}, unreadable=0).swept()
    assert swept == SweptMails(5, 0, 0, 0, 1, finished=False)
