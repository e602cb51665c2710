"""People are told by mail when a passkey of theirs is added or removed (T53)."""

from typing import Any

import pytest
from keybound.binding.passkey_notices import NOTICES_A_DAY
from keybound.binding.sweeping import MAX_ATTEMPTS
from keybound.domain.errors import Unavailable
from keybound.domain.ids import IdentityId
from keybound.domain.tenancy import RealmPath
from keybound.storage.mail_counts import NoticeCounts

from functions import composition
from tests.support.at_once import at_once
from tests.support.binding_steps import BindingSteps, LinkSteps, identity_body
from tests.support.configuration_bodies import make_config
from tests.support.mailbox import (
    Killed,
    fail_after_mail,
    forget_notices,
    link_in,
    ses_answers,
    waiting_notices,
)
from tests.support.platform import Platform
from tests.support.rooms import forget_rooms
from tools.devserver.outbox import Mail

ADDED = "A passkey was added to your account at Customers"
REMOVED = "A passkey was removed from your account at Customers"


@pytest.fixture(scope="module")
def config_id(platform: Platform) -> str:
    return make_config(platform)


@pytest.fixture
def binding(platform: Platform, config_id: str) -> BindingSteps:
    """A person of her own, whose mailbox is empty, and an outbox with nothing in it."""
    body = identity_body()
    traits = body["identity"]["traits"]
    traits["primary_email_address"] = f"{traits['username']}@example.com"
    identity = platform.manage("POST", "/identities", body).json()
    forget_notices(platform)
    platform.mails.clear()
    return BindingSteps(platform, config_id, identity)


def sweep(platform: Platform) -> dict[str, Any]:
    told: dict[str, Any] = platform.run_scheduled("mail_outbox")["notices"]
    return told


def counts(told: dict[str, Any]) -> dict[str, int]:
    """What a sweep did, without the zeros."""
    return {name: n for name, n in told.items() if n and name != "finished"}


def end(binding: BindingSteps, credential: dict[str, Any], how: str) -> None:
    path = f"{binding.managed}/credentials/{credential['id']}"
    method, path = ("DELETE", path) if how == "delete" else ("POST", f"{path}:revoke")
    assert binding.platform.manage(method, path).status == 200


def address(binding: BindingSteps) -> str:
    return str(binding.identity["traits"]["primary_email_address"])


def subjects(mails: list[Mail]) -> list[str]:
    return [mail.subject for mail in mails]


def test_each_passkey_that_is_added_is_told_once_the_first_one_too(binding: BindingSteps) -> None:
    platform = binding.platform
    for _ in range(2):
        link = binding.link()
        answer = link.complete(link.answer(display_name="Ada's phone"))
        assert answer.status == 200, answer.text
        assert platform.mails == []  # the room that binds sends nothing
        assert counts(sweep(platform)) == {"sent": 1}
        (mail,) = platform.mails
        assert (mail.to, mail.subject) == ([address(binding)], ADDED)
        assert "Ada's phone" in mail.text
        platform.mails.clear()
    assert counts(sweep(platform)) == {}
    assert waiting_notices(platform) == []


@pytest.mark.parametrize("how", ["revoke", "delete"])
def test_a_passkey_that_is_removed_is_told_once(binding: BindingSteps, how: str) -> None:
    credential = binding.bind()
    sweep(binding.platform)
    binding.platform.mails.clear()
    end(binding, credential, how)
    sweep(binding.platform)
    assert subjects(binding.platform.mails) == [REMOVED]
    if how == "revoke":
        end(binding, credential, "revoke")
        end(binding, credential, "delete")  # it could sign nobody in any more: that was told
    assert counts(sweep(binding.platform)) == {}


def test_an_identity_without_an_address_is_told_nothing(binding: BindingSteps) -> None:
    binding.change(traits={"type": "traits_v0", "primary_email_address": ""})
    binding.bind()
    assert waiting_notices(binding.platform) == []


def test_a_refused_completion_leaves_no_word(binding: BindingSteps) -> None:
    link = binding.link()
    body = link.answer()
    assert link.complete(body).status == 200
    assert link.complete(body).status == 410
    assert len(waiting_notices(binding.platform)) == 1


def test_when_the_identity_goes_nothing_is_told_any_more(binding: BindingSteps) -> None:
    binding.bind()
    binding.delete()
    assert counts(sweep(binding.platform)) == {"dropped": 1}
    assert binding.platform.mails == []
    assert waiting_notices(binding.platform) == []


def test_whoever_changes_the_address_afterwards_hides_nothing(binding: BindingSteps) -> None:
    binding.bind()
    binding.change(traits={"type": "traits_v0", "primary_email_address": "eve@example.com"})
    sweep(binding.platform)
    assert [mail.to for mail in binding.platform.mails] == [[address(binding)]]


def test_a_suspended_identity_is_told_too(binding: BindingSteps) -> None:
    binding.bind()
    binding.change(status="suspended")
    assert counts(sweep(binding.platform)) == {"sent": 1}


def test_the_mail_is_in_the_persons_language_and_in_the_realms_own_words(
    binding: BindingSteps,
) -> None:
    platform = binding.platform
    shown = platform.manage("GET", "/themes/active").json()
    method, path = ("PATCH", f"/themes/{shown['id']}") if "id" in shown else ("POST", "/themes")
    mine = {"locale": "fr", "added_subject": "Nouvelle clé chez {realm}"}
    theme = {"passkey_mail_texts": [mine], "support_url": "https://help.example/"}
    answer = platform.manage(method, path, {"theme": theme})
    assert answer.status == 200, answer.text
    assert answer.json()["passkey_mail_texts"] == [mine]
    binding.change(traits={"type": "traits_v0", "locale": "fr_CA"})
    binding.bind()
    sweep(platform)
    (mail,) = platform.mails
    assert mail.subject == "Nouvelle clé chez Customers"
    assert "prévenez Customers" in mail.text.replace("\n", " ")
    assert "https://help.example/" in mail.text
    path = f"/themes/{answer.json()['id']}"
    taken_away = {"theme": {"passkey_mail_texts": [], "support_url": None}}
    assert platform.manage("PATCH", path, taken_away).status == 200


@pytest.mark.parametrize("what", ["TooManyRequestsException", "timeout", "timeout after accepting"])
def test_what_ses_does_not_take_is_sent_later(binding: BindingSteps, what: str) -> None:
    platform = binding.platform
    binding.bind()
    with ses_answers(what):
        assert counts(sweep(platform)) == {"delayed": 1}
    assert counts(sweep(platform)) == {}  # claimed until later
    platform.clock.advance(61)
    assert counts(sweep(platform)) == {"sent": 1}
    assert set(subjects(platform.mails)) == {ADDED}
    assert len(platform.mails) == (2 if what == "timeout after accepting" else 1)


def test_a_sweep_killed_before_or_after_the_mail_is_taken_up_again(binding: BindingSteps) -> None:
    platform = binding.platform
    binding.bind()
    with ses_answers("killed"), pytest.raises(Killed):
        sweep(platform)
    platform.clock.advance(61)
    with fail_after_mail("DeleteItem") as failed, pytest.raises(Unavailable):
        sweep(platform)
    assert failed
    platform.clock.advance(121)
    assert counts(sweep(platform)) == {"sent": 1}
    assert subjects(platform.mails) == [ADDED, ADDED]


def test_what_ses_refuses_is_given_up_and_the_passkey_stays(binding: BindingSteps) -> None:
    credential = binding.bind()
    with ses_answers("MessageRejected"):
        assert counts(sweep(binding.platform)) == {"failed": 1}
    assert waiting_notices(binding.platform) == []
    assert binding.credentials() == [credential]


def test_after_many_attempts_it_is_given_up(binding: BindingSteps) -> None:
    platform = binding.platform
    binding.bind()
    with ses_answers("TooManyRequestsException", times=100):
        for _ in range(MAX_ATTEMPTS):
            assert counts(sweep(platform)) == {"delayed": 1}
            platform.clock.advance(3601)
        assert counts(sweep(platform)) == {"failed": 1}
    assert waiting_notices(platform) == []


def test_two_sweeps_at_once_send_one_mail(binding: BindingSteps) -> None:
    platform = binding.platform
    binding.bind()
    at_once(4, lambda _: sweep(platform))
    assert subjects(platform.mails) == [ADDED]


def test_a_mailbox_that_had_all_its_links_is_still_told(binding: BindingSteps) -> None:
    """Whoever fills a mailbox with links keeps nothing from its owner."""
    platform = binding.platform
    link = binding.link()
    while binding.make_job(delivery_method="EMAIL").status == 200:
        pass
    assert binding.make_job(delivery_method="EMAIL").status == 429
    platform.mails.clear()
    assert link.complete().status == 200
    sweep(platform)
    assert subjects(platform.mails) == [ADDED]


def test_an_address_that_nobody_proved_is_told_ten_times_a_day(binding: BindingSteps) -> None:
    """T16: anybody may sign up with it, and again."""
    platform = binding.platform
    local, _, domain = address(binding).partition("@")
    table = composition.grants()
    path = RealmPath(platform.tenant_id, platform.realm_id)
    limits = NoticeCounts(table, per_person=NOTICES_A_DAY, per_mailbox=10)
    for number in range(10):
        limits.admit_recipient(path, f"{local}+{number}@{domain.upper()}", platform.clock.now())
    binding.bind()
    assert counts(sweep(platform)) == {"dropped": 1}
    platform.clock.advance(86_400)
    binding.bind()
    assert counts(sweep(platform)) == {"sent": 1}


def test_a_proven_address_is_told_of_its_own_passkeys_whoever_else_claims_it(
    binding: BindingSteps,
) -> None:
    platform = binding.platform
    mailed = binding.make_job(delivery_method="EMAIL")
    assert mailed.status == 200
    job = mailed.json()["credential_binding_job"]
    link = link_in(platform.mails[-1])
    path = RealmPath(platform.tenant_id, platform.realm_id)
    limits = NoticeCounts(composition.grants(), per_person=NOTICES_A_DAY, per_mailbox=10)
    for _ in range(10):
        limits.admit_recipient(path, address(binding), platform.clock.now())
    platform.mails.clear()
    assert LinkSteps(platform, job, link).complete().status == 200
    assert counts(sweep(platform)) == {"sent": 1}
    for _ in range(NOTICES_A_DAY - 1):
        limits.admit_person(path, IdentityId(binding.identity["id"]), platform.clock.now())
    binding.bind()
    assert counts(sweep(platform)) == {"dropped": 1}


def test_a_deployment_without_a_sender_leaves_no_word(
    binding: BindingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYBOUND_MAIL_SENDER", "")
    forget_rooms()
    try:
        credential = binding.bind()
        end(binding, credential, "delete")
        assert waiting_notices(binding.platform) == []
    finally:
        monkeypatch.undo()
        forget_rooms()
        binding.platform.watch()


def test_word_that_was_left_before_the_sender_went_is_thrown_away(
    binding: BindingSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    binding.bind()
    monkeypatch.setenv("KEYBOUND_MAIL_SENDER", "")
    forget_rooms()
    try:
        assert counts(sweep(binding.platform)) == {"dropped": 1}
    finally:
        monkeypatch.undo()
        forget_rooms()
        binding.platform.watch()


def test_more_notices_than_a_page_are_all_told(binding: BindingSteps) -> None:
    platform = binding.platform
    binding.bind()
    (one,) = waiting_notices(platform)
    table = platform.deployment.directory
    for number in range(120):
        table.put({**one, "sk": f"{one['sk']}{number:03d}", "due": platform.clock.now() + 10**6})
    last = {**one, "sk": f"{one['sk']}999"}
    table.put(last)
    assert counts(sweep(platform)) == {"sent": 2}
