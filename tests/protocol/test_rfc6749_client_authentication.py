"""RFC 6749 §2.3, §3.2.1: who a client shows to be, one method at a time. RFC 9700 §2.5."""

import base64
from urllib.parse import quote_plus

import pytest
from keybound.domain.secrets import hash_secret

from tests.support.oauth_answers import check_json
from tests.support.platform import Answer, Platform
from tests.support.sign_in import REDIRECT_URI, SECRET, VERIFIER, SignIn, new_sign_in

GRANTS = ("authorization_code", "client_credentials")


@pytest.fixture(scope="module")
def client(platform: Platform) -> SignIn:
    return new_sign_in(platform, grant_types=GRANTS, allowed_scopes=("orders",))


@pytest.fixture(scope="module")
def public(platform: Platform) -> SignIn:
    return new_sign_in(platform, confidentiality="public", client_secret_hash="")


@pytest.fixture(scope="module")
def other(platform: Platform) -> SignIn:
    return new_sign_in(platform, client_secret_hash=hash_secret("other-secret"))


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def form(grant_type: str = "client_credentials", **more: str) -> dict[str, str]:
    return {"grant_type": grant_type, **more}


def own(client: SignIn, **more: str) -> dict[str, str]:
    """The client's own id and secret, in the body."""
    return {"client_id": client.application.client_id, "client_secret": SECRET, **more}


def test_basic_and_post_both_authenticate(client: SignIn) -> None:
    """§2.3.1; id and secret are form-urlencoded inside Basic."""
    client_id = client.application.client_id
    assert client.token(form(), basic(client_id, SECRET)).status == 200
    lower = {"authorization": basic(client_id, SECRET)["authorization"].replace("Basic", "bASIC")}
    assert client.token(form(), lower).status == 200
    assert client.token(form(client_id=client_id), basic(client_id, SECRET)).status == 200
    assert client.token(own(client, **form())).status == 200


def test_basic_decodes_reserved_characters(platform: Platform) -> None:
    """§2.3.1, Appendix B."""
    secret = "a:b c+d%e&f=\u00e9"
    person = new_sign_in(platform, grant_types=GRANTS, client_secret_hash=hash_secret(secret))
    assert person.token(form(), basic(person.application.client_id, secret)).status == 200


def challenged(answer: Answer) -> str:
    check_json(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    return answer.text


def test_t65_every_grant_refuses_every_failed_client_authentication(
    client: SignIn, other: SignIn, public: SignIn
) -> None:
    """N54, N55, N57, N58 and T65: one answer for an unknown client and for a wrong secret."""
    mine, theirs = client.application.client_id, other.application.client_id
    failures: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "nothing": ({}, {}),
        "N58 id only": ({"client_id": mine}, {}),
        "N55 wrong secret": ({"client_id": mine, "client_secret": "wrong"}, {}),
        "N55 empty secret": ({"client_id": mine, "client_secret": ""}, {}),
        "N55 unknown client": ({"client_id": "nobody", "client_secret": SECRET}, {}),
        "its hash as secret": (
            {"client_id": mine, "client_secret": client.application.client_secret_hash},
            {},
        ),
        "another's secret": ({"client_id": mine, "client_secret": "other-secret"}, {}),
        "another's id and secret": ({"client_id": theirs, "client_secret": "other-secret"}, {}),
        "a public client's id": ({"client_id": public.application.client_id}, {}),
        "N54 wrong secret by Basic": ({}, basic(mine, "wrong")),
        "no colon in Basic": ({}, {"authorization": "Basic bm9jb2xvbg=="}),
        "no base64 in Basic": ({}, {"authorization": "Basic \u00e9\u00e9"}),
        "empty Basic": ({}, {"authorization": "Basic "}),
        "Bearer": ({}, {"authorization": "Bearer abc"}),
        "two headers": ({}, {"authorization": basic(mine, SECRET)["authorization"] + ",Basic x"}),
    }
    for grant in (*GRANTS, "refresh_token", "password", "urn:example:none"):
        texts = set()
        for shown, headers in failures.values():
            sent = form(grant, code="x", redirect_uri=REDIRECT_URI, code_verifier=VERIFIER)
            sent |= {"refresh_token": "x"}
            texts.add(challenged(client.token({**sent, **shown}, headers)))
        assert len(texts) == 1, "all failures look the same"


def test_n57_a_public_client_has_no_secret_to_show(public: SignIn) -> None:
    challenged(public.token({"client_id": public.application.client_id, "client_secret": "x"}))
    challenged(public.token(form(), basic(public.application.client_id, "")))


def test_n56_two_authentication_methods_at_once_are_refused(client: SignIn) -> None:
    """§2.3."""
    headers = basic(client.application.client_id, SECRET)
    check_json(client.token(own(client, **form()), headers), 400, "invalid_request")


def test_n73_the_client_id_of_body_and_header_must_agree(client: SignIn, other: SignIn) -> None:
    """§3.2.1."""
    headers = basic(client.application.client_id, SECRET)
    sent = form(client_id=other.application.client_id)
    check_json(client.token(sent, headers), 400, "invalid_request")


def test_n176_two_hundred_wrong_secrets_lock_nobody_out(client: SignIn) -> None:
    """§2.3.1: a secret has 384 random bits, so guesses are refused and not counted: a lock would
    let anybody who knows the `client_id` keep its owner out."""
    mine = client.application.client_id
    texts = {challenged(client.token(form(), basic(mine, f"guess-{n}"))) for n in range(200)}
    assert len(texts) == 1
    assert client.token(own(client, **form())).status == 200
