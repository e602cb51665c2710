"""Request bodies for applications and authenticator configs, complete and good."""

from typing import Any

from tests.support.platform import Answer, Platform


def config_body(**config: Any) -> dict[str, Any]:
    """A web app on app.example.com; `config` replaces members, None takes them away."""
    members = {
        "type": "embedded",
        "invoke_url": "https://app.example.com",
        "trusted_origins": ["https://app.example.com"],
        **config,
    }
    kept = {name: value for name, value in members.items() if value is not None}
    return {"authenticator_config": {"display_name": "Web app", "config": kept}}


def client_body(**protocol: Any) -> dict[str, Any]:
    """A confidential machine client, which needs nothing else to exist."""
    members = {
        "type": "oauth2",
        "confidentiality": "confidential",
        "grant_type": ["client_credentials"],
        **protocol,
    }
    return {"application": {"display_name": "Machine", "protocol_config": members}}


def web_body(config_id: str, **protocol: Any) -> dict[str, Any]:
    """A confidential OpenID Connect client."""
    members = {
        "type": "oidc",
        "confidentiality": "confidential",
        "grant_type": ["authorization_code"],
        "redirect_uris": ["https://app.example.com/callback"],
        **protocol,
    }
    return {
        "application": {
            "display_name": "Web app",
            "authenticator_config_id": config_id,
            "protocol_config": members,
        }
    }


def make_config(platform: Platform, **config: Any) -> str:
    """Create an authenticator config and return its id."""
    answer = platform.manage("POST", "/authenticator-configs", config_body(**config))
    assert answer.status == 200, answer.text
    created: str = answer.json()["id"]
    return created


def make_application(platform: Platform, body: dict[str, Any]) -> dict[str, Any]:
    """Create an application and return it as answered."""
    answer = platform.manage("POST", "/applications", body)
    assert answer.status == 200, answer.text
    created: dict[str, Any] = answer.json()
    return created


def refused_fields(answer: Answer) -> list[str]:
    """Names of the members that a 400 refuses."""
    assert answer.status == 400, answer.text
    content = answer.json()
    assert content["code"] == "bad_request"
    return [
        violation["field"]
        for detail in content["details"]
        for violation in detail.get("field_violations", [])
    ]
