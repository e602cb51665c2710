"""Both HTTP APIs: their routes are the manifest's, and nothing answers before the rooms."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from functions.manifest import FALLBACK, ROOMS, Host, room
from infra.app import Deployment
from tests.infra.templates import Templates, of_type, properties
from tools.bench.cost import read_prices
from tools.bench.requests import LOGIN


def api_id(templates: Templates, host: str) -> str:
    for logical_id, api in of_type(templates.app, "ApiGatewayV2::Api").items():
        if api["Properties"]["Name"] == f"{templates.prefix}-{host}":
            return logical_id
    raise LookupError(host)


def served(templates: Templates, host: str) -> dict[str, str]:
    """Route key → name of the function that answers, by way of its alias."""
    resources, found = templates.app["Resources"], {}
    for route in properties(templates.app, "ApiGatewayV2::Route"):
        if route["ApiId"]["Ref"] != api_id(templates, host):
            continue
        integration = resources[templates.resolve(route["Target"]).removeprefix("integrations/")]
        alias = resources[integration["Properties"]["IntegrationUri"]["Ref"]]
        function = resources[alias["Properties"]["FunctionName"]["Ref"]]
        found[route["RouteKey"]] = function["Properties"]["FunctionName"]
    return found


@pytest.mark.parametrize("host", list(Host))
def test_each_path_of_the_manifest_is_one_any_route_to_its_room(
    templates: Templates, host: Host
) -> None:
    expected = {
        f"ANY {path}": f"keybound-prod-{each.name}"
        for each in ROOMS
        if each.host is host
        for path in each.routes
    }
    assert expected
    assert served(templates, host) == expected | {"$default": f"keybound-prod-{FALLBACK}"}


def test_no_route_has_anything_after_a_variable_in_its_segment(templates: Templates) -> None:
    keys = [route["RouteKey"] for route in properties(templates.app, "ApiGatewayV2::Route")]
    assert len(keys) == sum(len(each.routes) for each in ROOMS) + len(Host)
    for key in keys:
        assert "}:" not in key
        for segment in key.partition("/")[2].split("/"):
            assert re.fullmatch(r"\{[a-z_]+\}|[a-z0-9._-]*", segment), key


def test_neither_api_answers_preflights_itself(templates: Templates) -> None:
    apis = properties(templates.app, "ApiGatewayV2::Api")
    assert [api["ProtocolType"] for api in apis] == ["HTTP", "HTTP"]
    assert "cors" not in json.dumps(templates.app).lower()


def test_events_are_of_version_2_and_reach_the_alias(templates: Templates) -> None:
    integrations = properties(templates.app, "ApiGatewayV2::Integration")
    assert {i["PayloadFormatVersion"] for i in integrations} == {"2.0"}
    assert {i["IntegrationType"] for i in integrations} == {"AWS_PROXY"}
    aliases = of_type(templates.app, "Lambda::Alias")
    assert {i["IntegrationUri"]["Ref"] for i in integrations} <= set(aliases)


def test_each_api_may_invoke_its_own_rooms_and_no_other(templates: Templates) -> None:
    allowed: Counter[tuple[str, str]] = Counter()
    for permission in properties(templates.app, "Lambda::Permission"):
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["Action"] == "lambda:InvokeFunction"
        source = templates.resolve(permission["SourceArn"])
        api = source.rpartition(":")[2].removesuffix("/*")
        alias = templates.app["Resources"][permission["FunctionName"]["Ref"]]["Properties"]
        function = templates.app["Resources"][alias["FunctionName"]["Ref"]]["Properties"]
        allowed[api, function["FunctionName"].removeprefix("keybound-prod-")] += 1
    expected = {(api_id(templates, each.host), each.name) for each in ROOMS if each.host}
    expected |= {(api_id(templates, host), FALLBACK) for host in Host}
    assert allowed == Counter(dict.fromkeys(expected, 1))


@pytest.fixture(params=list(Host))
def stage(request: pytest.FixtureRequest, templates: Templates) -> dict[str, Any]:
    api = api_id(templates, request.param)
    (found,) = (
        stage
        for stage in properties(templates.app, "ApiGatewayV2::Stage")
        if stage["ApiId"]["Ref"] == api
    )
    return found


def test_access_logs_hold_no_path_no_query_string_and_no_header(stage: dict[str, Any]) -> None:
    written = json.loads(stage["AccessLogSettings"]["Format"])
    variables = set(written.values())
    assert {"$context.routeKey", "$context.status", "$context.requestId"} <= variables
    secret = re.compile(r"path|query|header|authori[sz]|cookie|body|domain|token", re.I)
    assert [variable for variable in variables if secret.search(variable)] == []
    assert all(re.fullmatch(r"\$context\.[A-Za-z.]+", variable) for variable in variables)


# What API Gateway writes for a request of a sign-in; an IPv6 address may be 24 longer.
ACCESS = {
    "$context.requestId": "JKJaXmPLvHcESHA=",
    "$context.requestTimeEpoch": "1795330991747",
    "$context.identity.sourceIp": "203.100.113.251",
    "$context.httpMethod": "POST",
    "$context.status": "200",
    "$context.responseLength": "1234",
    "$context.responseLatency": "123",
    "$context.integrationStatus": "200",
    "$context.integrationErrorMessage": "-",
}


def test_a_line_of_the_access_log_is_as_long_as_its_price_assumes(stage: dict[str, Any]) -> None:
    lengths = []
    for name in LOGIN:
        (path,) = room(name.partition(":")[0]).routes
        line = stage["AccessLogSettings"]["Format"].replace("$context.routeKey", f"ANY {path}")
        for variable, value in ACCESS.items():
            line = line.replace(variable, value)
        assert "$" not in line
        lengths.append(len(line))
    assert read_prices().assumed["access_log_bytes"] == round(sum(lengths) / len(lengths))


def test_access_logs_go_to_a_group_of_their_own_with_a_retention(
    templates: Templates, stage: dict[str, Any]
) -> None:
    arn = templates.resolve(stage["AccessLogSettings"]["DestinationArn"])
    group = templates.app["Resources"][arn.rpartition(":")[2]]["Properties"]
    assert group["LogGroupName"].startswith("/aws/vendedlogs/")
    assert group["RetentionInDays"] == 90


def test_every_route_is_throttled_and_unknown_paths_soonest(
    templates: Templates, stage: dict[str, Any]
) -> None:
    """N176: of guesses, too, no more get through."""
    keys = {
        route["RouteKey"]
        for route in properties(templates.app, "ApiGatewayV2::Route")
        if route["ApiId"] == stage["ApiId"]
    }
    limits = stage["RouteSettings"]
    assert set(limits) == keys
    known = {json.dumps(limit) for key, limit in limits.items() if key != "$default"}
    assert known == {json.dumps({"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200})}
    assert limits["$default"] == {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": 100,
        "ThrottlingBurstLimit": 200,
    }


def test_a_stage_is_made_after_the_routes_that_its_throttles_name(templates: Templates) -> None:
    routes = of_type(templates.app, "ApiGatewayV2::Route")
    for stage in of_type(templates.app, "ApiGatewayV2::Stage").values():
        of_this_api = {
            name
            for name, route in routes.items()
            if route["Properties"]["ApiId"] == stage["Properties"]["ApiId"]
        }
        assert set(stage["DependsOn"]) == of_this_api
        assert stage["Properties"]["StageName"] == "$default"
        assert stage["Properties"]["AutoDeploy"] is True


def test_without_domain_names_hosts_are_called_by_their_own_endpoints(
    templates: Templates,
) -> None:
    outputs = templates.resolve(templates.app["Outputs"])
    region = "execute-api.eu-central-1.amazonaws.com"
    for host in Host:
        expected = f"https://{api_id(templates, host)}.{region}"
        assert outputs[f"{host.value.capitalize()}BaseUrl"]["Value"] == expected
    assert not of_type(templates.app, "ApiGatewayV2::DomainName")


def test_with_domain_names_hosts_are_called_by_them(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    outputs = other.resolve(other.app["Outputs"])
    assert outputs["AuthBaseUrl"]["Value"] == "https://login.example.com"
    assert outputs["ApiBaseUrl"]["Value"] == "https://api.example.com"
    (function, *_) = properties(other.app, "Lambda::Function")
    variables = function["Environment"]["Variables"]
    assert variables["KEYBOUND_AUTH_BASE_URL"] == "https://login.example.com"
    assert variables["KEYBOUND_API_BASE_URL"] == "https://api.example.com"


def test_with_a_certificate_the_domain_is_served_and_the_other_way_in_is_closed(
    other_deployment: tuple[Deployment, Templates],
) -> None:
    _, other = other_deployment
    (domain,) = properties(other.app, "ApiGatewayV2::DomainName")
    assert domain["DomainName"] == "login.example.com"
    assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    (mapping,) = properties(other.app, "ApiGatewayV2::ApiMapping")
    assert mapping["ApiId"]["Ref"] == api_id(other, "auth")
    closed = {
        api["Name"]: api.get("DisableExecuteApiEndpoint", False)
        for api in properties(other.app, "ApiGatewayV2::Api")
    }
    # The api host has a name but no certificate: whatever serves that name calls the endpoint.
    assert closed == {"keybound-trial-auth": True, "keybound-trial-api": False}


def test_the_fallback_has_no_routes_of_its_own() -> None:
    assert room(FALLBACK).routes == ()
