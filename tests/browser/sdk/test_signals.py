"""What the SDK tells the browser about passkeys, and when it says nothing (WebAuthn L3 §5.1.10).

T63, N163, N168: after a success the list and the names; after a refusal nothing, because a
refused passkey may be a good one and the browser would throw it away.
"""

from typing import Any

import pytest
from webauthn.helpers import bytes_to_base64url

from tests.browser.sdk.conftest import SdkPage
from tests.browser.sdk.fake_service import FakeService
from tests.support.chromium import VirtualAuthenticator
from tests.support.sources import REPOSITORY

#: Notes every call of the Signal API, and lets it through unless `broken` stands in.
SIGNAL_WITNESS = """
  window.signalled = [];
  for (const name of ["signalAllAcceptedCredentials", "signalCurrentUserDetails",
                      "signalUnknownCredential"]) {
    const native = PublicKeyCredential[name].bind(PublicKeyCredential);
    PublicKeyCredential[name] = (options) => {
      window.signalled.push([name, options]);
      return window.broken ? window.broken(name) : native(options);
    };
  }
"""
USER = bytes_to_base64url(b"opaque-ada")


@pytest.fixture
def watched(sdk: SdkPage) -> SdkPage:
    sdk.page.evaluate(f"() => {{ {SIGNAL_WITNESS} }}")
    return sdk


def signalled(sdk: SdkPage) -> list[Any]:
    noted: list[Any] = sdk.page.evaluate("() => signalled")
    return noted


def signals(*ids: str, **changed: Any) -> dict[str, Any]:
    return {
        "relying_party_id": "localhost",
        "user_id": USER,
        "accepted_credential_ids": list(ids),
        "name": "ada",
        "display_name": "Ada Lovelace",
    } | changed


def names_on(authenticator: VirtualAuthenticator) -> list[tuple[str, str]]:
    return [(c["userName"], c["userDisplayName"]) for c in authenticator.credentials()]


def test_after_a_sign_in_the_browser_learns_list_and_names(
    watched: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    service.signals = signals(bound["id"])
    assert "value" in watched.call("authenticate", service.authenticate_url())
    assert signalled(watched) == [
        [
            "signalAllAcceptedCredentials",
            {"rpId": "localhost", "userId": USER, "allAcceptedCredentialIds": [bound["id"]]},
        ],
        [
            "signalCurrentUserDetails",
            {
                "rpId": "localhost",
                "userId": USER,
                "name": "ada",
                "displayName": "Ada Lovelace",
            },
        ],
    ]


def test_a_renamed_person_is_renamed_on_the_device(
    watched: SdkPage,
    service: FakeService,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    service.signals = signals(bound["id"], name="countess", display_name="Countess of Lovelace")
    watched.call("authenticate", service.authenticate_url())
    assert names_on(authenticator) == [("countess", "Countess of Lovelace")]


def test_a_passkey_that_was_revoked_elsewhere_goes_from_the_device(
    watched: SdkPage,
    service: FakeService,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    service.owners.clear()  # else the device would refuse a second one for this person
    authenticator_had = authenticator.credentials()[0]["credentialId"]
    service.identity |= {"username": "grace"}
    other = watched.call("bindPasskey", service.binding_link())["value"]["passkey"]
    assert len(authenticator.credentials()) == 2
    service.signals = signals(other["id"])  # Ada's own is not in the list any more
    watched.call("authenticate", service.authenticate_url(), other["id"])
    left = [each["credentialId"] for each in authenticator.credentials()]
    assert authenticator_had not in left
    assert len(left) == 1


def test_after_binding_the_browser_learns_them_too(
    watched: SdkPage, service: FakeService, authenticator: VirtualAuthenticator
) -> None:
    service.signals = signals("AAAA")  # whatever the service says
    watched.call("bindPasskey", service.binding_link())
    assert [name for name, _ in signalled(watched)] == [
        "signalAllAcceptedCredentials",
        "signalCurrentUserDetails",
    ]


def test_t63_n163_a_refused_sign_in_tells_the_browser_nothing(
    watched: SdkPage,
    service: FakeService,
    bound: dict[str, Any],
    authenticator: VirtualAuthenticator,
) -> None:
    body = {"error": "access_denied", "error_description": "no", "signals": signals("AAAA")}
    service.refusal = (400, body)
    error = watched.call("authenticate", service.authenticate_url())["error"]
    assert error["type"] == "PolicyDenied"
    assert signalled(watched) == []
    assert len(authenticator.credentials()) == 1


def test_t63_no_file_of_the_sdk_knows_the_call_for_unknown_credentials() -> None:
    sources = list((REPOSITORY / "web" / "sdk").glob("*.js"))
    assert len(sources) > 10
    assert not [each.name for each in sources if "signalUnknown" in each.read_text()]


@pytest.mark.parametrize(
    "broken",
    [
        "() => Promise.reject(new DOMException('no', 'SecurityError'))",
        "() => { throw new TypeError('no'); }",
        "() => new Promise(() => {})",
    ],
    ids=["rejects", "throws", "never answers"],
)
def test_a_browser_that_fails_at_it_signs_in_all_the_same(
    watched: SdkPage, service: FakeService, bound: dict[str, Any], broken: str
) -> None:
    service.signals = signals(bound["id"])
    watched.page.evaluate(f"() => {{ window.broken = {broken}; }}")
    assert "value" in watched.call("authenticate", service.authenticate_url())
    assert len(signalled(watched)) == 2


def test_a_browser_without_the_api_signs_in_all_the_same(
    sdk: SdkPage, service: FakeService, bound: dict[str, Any]
) -> None:
    sdk.page.evaluate(
        "() => { PublicKeyCredential.signalAllAcceptedCredentials = undefined;"
        " PublicKeyCredential.signalCurrentUserDetails = undefined; }"
    )
    service.signals = signals(bound["id"])
    assert "value" in sdk.call("authenticate", service.authenticate_url())


@pytest.mark.parametrize(
    "damaged",
    [
        {"accepted_credential_ids": []},
        {"accepted_credential_ids": [7]},
        {"accepted_credential_ids": "AAAA"},
        {"relying_party_id": None},
        {"user_id": 7},
        {"name": None},
    ],
)
def test_signals_that_cannot_be_understood_are_not_passed_on(
    watched: SdkPage, service: FakeService, bound: dict[str, Any], damaged: dict[str, Any]
) -> None:
    service.signals = signals(bound["id"]) | damaged
    assert "value" in watched.call("authenticate", service.authenticate_url())
    assert signalled(watched) == []
