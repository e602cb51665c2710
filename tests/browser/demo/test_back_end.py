"""The demo's back end by itself: sessions, the management client, a service that is away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, session

from examples.relying_party import sessions
from examples.relying_party.app import create_app
from examples.relying_party.binding_token import HasPasskey, TokenSpent, exchange
from examples.relying_party.failures import ServiceRefused, ServiceUnreachable
from examples.relying_party.management import Management, NoMail, Refused, UsernameTaken
from examples.relying_party.management_token import ManagementToken
from examples.relying_party.settings import MissingSetting, Settings, read_settings
from examples.relying_party.visitor import User
from tests.browser.sdk.loopback import Answer, Request, Server, json_answer, serving

APPLICATION = {
    "APPLICATION_ISSUER": "http://localhost:9/v1/tenants/t/realms/r/applications/a",
    "CLIENT_ID": "client",
    "CLIENT_SECRET": "s3cret-of-application",
    "AUTHENTICATOR_CONFIG_ID": "config",
}
#: Nothing listens on port 9 (discard).
ENVIRONMENT = {
    "KEYBOUND_AUTH_BASE_URL": "http://localhost:9",
    "KEYBOUND_API_BASE_URL": "http://localhost:9",
    "KEYBOUND_TENANT_ID": "000183a77dd50fa9",
    "KEYBOUND_REALM_ID": "cdf4862dc4d49791",
    "KEYBOUND_MANAGEMENT_TOKEN_ENDPOINT": "http://localhost:9/token",
    "KEYBOUND_MANAGEMENT_CLIENT_ID": "management",
    "KEYBOUND_MANAGEMENT_CLIENT_SECRET": "s3cret-of-management",
    **{f"KEYBOUND_AUTOMATIC_{name}": value for name, value in APPLICATION.items()},
    **{f"KEYBOUND_MANUAL_{name}": value for name, value in APPLICATION.items()},
    "PORT": "8082",
    "DEMO_SECRET_KEY": "s3cret-of-sessions",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- settings


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(MissingSetting, match=name):
        read_settings({**ENVIRONMENT, name: ""})


def test_secrets_are_not_shown_with_the_settings() -> None:
    assert "s3cret" not in repr(read_settings(ENVIRONMENT))


# --- a service that is away


def test_the_first_page_needs_no_service_and_the_others_say_that_it_is_away() -> None:
    client = create_app(read_settings(ENVIRONMENT)).test_client()
    home = client.get("/", base_url="http://localhost:8082")
    assert home.status_code == 200
    answer = client.get("/sign-in/automatic", base_url="http://localhost:8082")
    assert answer.status_code == 503
    assert "The passkey service cannot be reached" in answer.text
    assert "s3cret" not in answer.text


# --- sessions


def counting_app(clock: Clock, *, https: bool = False) -> Flask:
    app = Flask("counting")
    app.session_interface = sessions.ServerSessions(b"key", clock, https=https)

    @app.get("/count")
    def count() -> str:
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    @app.get("/look")
    def look() -> str:
        return str(session.get("n", 0))

    return app


def test_a_session_ends_when_it_was_not_used_for_an_hour(clock: Clock) -> None:
    client = counting_app(clock).test_client()
    assert client.get("/count").text == "1"
    clock.now += sessions.IDLE_S - 1
    assert client.get("/count").text == "2"
    clock.now += sessions.IDLE_S
    assert client.get("/count").text == "1"


def test_a_session_ends_after_eight_hours_however_much_it_is_used(clock: Clock) -> None:
    client = counting_app(clock).test_client()
    client.get("/count")
    for _ in range(15):
        clock.now += 1800
        assert client.get("/look").text == "1"
    clock.now += 1800
    assert client.get("/look").text == "0"


def test_looking_leaves_no_cookie(clock: Clock) -> None:
    assert "Set-Cookie" not in counting_app(clock).test_client().get("/look").headers


def test_the_oldest_sessions_make_room(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 2)
    app = counting_app(clock)
    first, second, third = (app.test_client() for _ in range(3))
    for client in (first, second):
        client.get("/count")
    first.get("/look")
    third.get("/count")
    assert [c.get("/look").text for c in (first, second, third)] == ["1", "0", "1"]


def test_over_https_the_cookie_is_bound_to_the_host(clock: Clock) -> None:
    client = counting_app(clock, https=True).test_client()
    cookie = client.get("/count", base_url="https://app.example.com").headers["Set-Cookie"]
    assert cookie.startswith("__Host-demo=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_the_store_holds_no_id_that_a_browser_could_send(clock: Clock) -> None:
    app = counting_app(clock)
    client = app.test_client()
    client.get("/count")
    cookie = client.get_cookie("keybound_demo")
    assert cookie is not None
    kept = vars(vars(app.session_interface)["_shelf"])["_kept"]
    assert cookie.value not in kept
    assert len(kept) == 1


# --- the management API


@dataclass
class Service:
    """A token endpoint and one management endpoint that says what it is told to."""

    answers: list[Answer] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    tokens: int = 0

    def answer(self, request: Request) -> Answer:
        if request.path == "/token":
            self.tokens += 1
            return json_answer({"access_token": f"t{self.tokens}", "expires_in": 600})
        self.bearers.append(request.headers["authorization"])
        return self.answers.pop(0)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    with serving(service) as running:
        yield running


@pytest.fixture
def management(server: Server, clock: Clock) -> Management:
    token = ManagementToken(f"{server.origin}/token", "client", "secret", clock)
    return Management(server.origin, "t", "r", token)


def empty_list() -> Answer:
    return json_answer({"credentials": [], "total_size": 0})


def test_one_token_serves_many_calls_until_shortly_before_its_end(
    management: Management, service: Service, clock: Clock
) -> None:
    service.answers = [empty_list() for _ in range(4)]
    management.active_passkeys("i")
    clock.now += 539
    management.active_passkeys("i")
    clock.now += 1
    management.active_passkeys("i")
    assert service.bearers == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_token_that_ended_early_is_replaced_once(
    management: Management, service: Service
) -> None:
    refusal = json_answer({"code": "unauthorized"}, 401)
    service.answers = [refusal, empty_list(), refusal, refusal]
    assert management.active_passkeys("i") == []
    assert service.bearers == ["Bearer t1", "Bearer t2"]
    with pytest.raises(ServiceRefused):
        management.active_passkeys("i")
    assert len(service.bearers) == 4


def test_a_password_file_of_the_machine_does_not_replace_the_token(
    management: Management,
    service: Service,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.answers = [empty_list()]
    management.active_passkeys("i")
    assert service.bearers == ["Bearer t1"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer({"code": "conflict"}, 409), UsernameTaken),
        (json_answer({"code": "bad_request", "details": []}, 400), Refused),
        (Answer(b"<html>", 400), Refused),
        (json_answer({"code": "forbidden"}, 403), ServiceRefused),
        (json_answer({"code": "not_found"}, 404), ServiceRefused),
        (json_answer({}, 503), ServiceUnreachable),
        (json_answer({}, 429), ServiceUnreachable),
        (json_answer({"id": 7}), ServiceRefused),
        (json_answer([]), ServiceRefused),
        (Answer(b"<html>"), ServiceRefused),
    ],
)
def test_every_answer_to_a_sign_up_has_a_meaning(
    management: Management, service: Service, answer: Answer, expected: type[Exception]
) -> None:
    service.answers = [answer]
    with pytest.raises(expected):
        management.create_identity("Ada", "ada", "")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer({"code": "unprocessable_entity"}, 422), NoMail),
        (json_answer({"code": "too_many_requests"}, 429), NoMail),
        (json_answer({"code": "forbidden"}, 403), ServiceRefused),
        (json_answer({}, 503), ServiceUnreachable),
        (json_answer({"id": "a job without its wrapper"}), ServiceRefused),
    ],
)
def test_every_answer_to_a_link_by_mail_has_a_meaning(
    management: Management, service: Service, answer: Answer, expected: type[Exception]
) -> None:
    service.answers = [answer]
    with pytest.raises(expected) as raised:
        management.mail_binding_link("i", "c", "http://localhost:8082/bind/done")
    if isinstance(raised.value, NoMail):
        assert raised.value.too_many is (answer.status == 429)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer({"error": "invalid_token"}, 401), TokenSpent),
        (json_answer({"error": "insufficient_scope"}, 403), HasPasskey),
        (json_answer({"error": "not_found"}, 404), ServiceRefused),
        (json_answer({}, 503), ServiceUnreachable),
        (json_answer({"credential_binding_link": ""}), ServiceRefused),
    ],
)
def test_every_answer_to_a_passkey_binding_token_has_a_meaning(
    server: Server, service: Service, answer: Answer, expected: type[Exception]
) -> None:
    service.answers = [answer]
    with pytest.raises(expected):
        exchange(server.origin, "token")
    assert service.bearers == ["Bearer token"]


# --- who may add a passkey


@pytest.mark.parametrize(
    ("amr", "fresh"),
    [(["swk", "user"], True), (["hwk"], True), (["otp"], False), ([], False), (None, False)],
)
def test_only_a_sign_in_by_passkey_is_fresh(amr: Any, fresh: bool) -> None:
    user = User({"sub": "i", "auth_time": 1000, "amr": amr})
    assert user.is_fresh(1000) is fresh
    assert not user.is_fresh(1300)


# --- what is there in development only


@pytest.mark.parametrize("mailbox", ["", "http://localhost:8080/_dev/mailbox"])
def test_a_mailbox_is_named_only_where_the_application_was_told_of_one(mailbox: str) -> None:
    app = create_app(read_settings({**ENVIRONMENT, "DEMO_MAILBOX_URL": mailbox}))
    page = app.test_client().get("/sign-in/code", base_url="http://localhost:8082").text
    assert ("mailbox" in page) is bool(mailbox)
    assert mailbox in page


def test_only_active_passkeys_count(management: Management, service: Service) -> None:
    def passkey(state: str) -> dict[str, Any]:
        return {"state": state, "display_name": state, "create_time": "2026-11-22T00:00:00Z"}

    service.answers = [json_answer({"credentials": [passkey("REVOKED"), passkey("ACTIVE")]})]
    assert [found.name for found in management.active_passkeys("i")] == ["ACTIVE"]


def test_a_service_that_does_not_listen_is_out_of_reach(clock: Clock) -> None:
    settings: Settings = read_settings(ENVIRONMENT)
    token = ManagementToken(settings.management_token_endpoint, "c", "s", clock)
    with pytest.raises(ServiceUnreachable):
        Management(settings.api_base_url, "t", "r", token).active_passkeys("i")
