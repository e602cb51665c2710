"""Who is told the list of somebody's passkeys: whoever has just shown one of them, and nobody else.

T63, N163, N168; WebAuthn L3 §14.6.3 (privacy).
"""

from keybound.domain.encoding import b64url
from keybound.domain.identity import PasskeyReference, user_handle

from tests.support.binding_steps import BindingSteps
from tests.support.platform import Platform
from tests.support.sign_in import new_sign_in


def test_a_sign_in_is_answered_with_list_and_names(platform: Platform) -> None:
    person = new_sign_in(platform)
    answer = person.authenticate(person.request()).json()
    assert answer["signals"] == {
        "relying_party_id": person.config.relying_party_id,
        "user_id": b64url(user_handle(person.identity)),
        "accepted_credential_ids": [person.passkey.credential_id],
        "name": person.identity.username,
        "display_name": person.identity.display_name,
    }


def test_the_names_are_those_of_now(platform: Platform) -> None:
    person = new_sign_in(platform)
    person.change_identity(display_name="Countess of Lovelace")
    answer = person.authenticate(person.request()).json()
    assert answer["signals"]["display_name"] == "Countess of Lovelace"


def test_a_form_post_answer_has_them_beside_the_form(platform: Platform) -> None:
    person = new_sign_in(platform)
    answer = person.authenticate(person.request(response_mode="form_post")).json()
    assert set(answer) == {"form_post", "signals"}
    assert "signals" not in answer["form_post"]["parameters"]


def test_n163_refused_passkeys_and_cancelled_sign_ins_learn_nothing(platform: Platform) -> None:
    person = new_sign_in(platform)
    request = person.request()
    cancelled = platform.call(
        "POST", f"{person.issuer}/authenticate", json={"request": request, "error": "access_denied"}
    )
    person.change_identity(status="suspended")
    suspended = person.authenticate(person.request())
    person.change_identity(status="active")
    person.change_passkey(state="REVOKED")
    revoked = person.authenticate(person.request())
    for answer in (cancelled, suspended, revoked):
        assert "signals" not in answer.text
        assert person.passkey.credential_id not in answer.text
    assert suspended.text == revoked.text


def test_a_list_without_the_passkey_that_signed_in_is_not_passed_on(platform: Platform) -> None:
    """It cannot be right, and a device that believed it would throw a good passkey away."""
    person = new_sign_in(platform)
    other = PasskeyReference(person.passkey.id, "AAAA")
    person.change_identity(passkeys=(other,))
    answer = person.authenticate(person.request())
    assert answer.status == 200
    assert "signals" not in answer.json()


def test_a_completed_binding_is_answered_with_the_whole_list(platform: Platform) -> None:
    person = new_sign_in(platform)
    steps = BindingSteps(platform, person.config.id, {"id": person.identity.id})
    link = steps.link()
    body = link.answer()
    answer = link.complete(body).json()
    assert answer["signals"]["accepted_credential_ids"] == [
        person.passkey.credential_id,
        body["credential"]["id"],
    ]
    assert answer["signals"]["user_id"] == b64url(user_handle(person.identity))
