"""The optional stack in front of the auth host, and how the host knows that it is there."""

import json
from typing import Any

import pytest
from keybound.edge import origin

from functions.manifest import FALLBACK, ROOMS, Host, room
from infra.components.distribution import ASSETS
from infra.components.origin_secret import HEADER
from tests.infra.conftest import OPTIONAL, synthesised
from tests.infra.templates import Templates, of_type, properties

SECRET = "{{resolve:secretsmanager:keybound-prod/origin-secret:SecretString:::%s}}"


def distribution(templates: Templates) -> dict[str, Any]:
    (found,) = properties(templates.edge, "CloudFront::Distribution")
    config: dict[str, Any] = found["DistributionConfig"]
    return config


def host_origin(templates: Templates) -> dict[str, Any]:
    target = distribution(templates)["DefaultCacheBehavior"]["TargetOriginId"]
    (found,) = (each for each in distribution(templates)["Origins"] if each["Id"] == target)
    return dict(found)


def test_there_is_no_edge_and_no_secret_unless_it_is_asked_for(templates: Templates) -> None:
    assert not list(templates.folder.glob("*-edge.template.json"))
    assert "secretsmanager" not in json.dumps([templates.state, templates.app]).lower()


def test_it_stands_in_us_east_1_and_nothing_else_does(whole: Templates) -> None:
    artifacts = json.loads((whole.folder / "manifest.json").read_text("utf-8"))["artifacts"]
    regions = {
        name: artifact["environment"].rpartition("/")[2]
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert {name for name, region in regions.items() if region == "us-east-1"} == {
        "keybound-prod-edge"
    }


def test_it_comes_after_the_secret_and_before_the_app_asks_for_it(whole: Templates) -> None:
    artifacts = json.loads((whole.folder / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "keybound-prod-state" in artifacts["keybound-prod-edge"]["dependencies"]
    assert "keybound-prod-edge" in artifacts["keybound-prod-app"]["dependencies"]
    assert "Fn::ImportValue" not in json.dumps(whole.edge)


def test_the_host_is_reached_by_https_alone_and_as_the_caller_asked(whole: Templates) -> None:
    behaviour = distribution(whole)["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert set(behaviour["AllowedMethods"]) >= {"GET", "POST", "PATCH", "DELETE", "OPTIONS"}
    # CloudFront's managed policies CachingDisabled and AllViewerExceptHostHeader.
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behaviour["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert host_origin(whole)["DomainName"] == OPTIONAL["edge_origin_domain_name"]
    assert host_origin(whole)["CustomOriginConfig"] == {
        "OriginProtocolPolicy": "https-only",
        "OriginSSLProtocols": ["TLSv1.2"],
    }
    assert distribution(whole)["Aliases"] == ["login.example.com"]
    assert distribution(whole)["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_cloudfront_shows_the_header_that_rooms_look_at(whole: Templates) -> None:
    assert HEADER == origin.HEADER
    assert host_origin(whole)["OriginCustomHeaders"] == [
        {"HeaderName": HEADER, "HeaderValue": SECRET % ""}
    ]


@pytest.fixture(scope="module")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """After the secret was replaced; with a certificate that exists, and no zone."""
    chosen = OPTIONAL | {
        "edge_hosted_zone_id": "",
        "edge_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0f6d",
        "edge_secret_version": "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE",
    }
    return synthesised(tmp_path_factory.mktemp("replaced"), chosen)


def test_a_replaced_secret_is_a_change_of_the_template(replaced: Templates) -> None:
    (header,) = host_origin(replaced)["OriginCustomHeaders"]
    assert header["HeaderValue"] == SECRET % "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE"


def test_a_certificate_that_is_given_is_used_and_no_record_is_made(replaced: Templates) -> None:
    assert distribution(replaced)["ViewerCertificate"]["AcmCertificateArn"].endswith("/0f6d")
    assert not of_type(replaced.edge, "CertificateManager::Certificate")
    assert not of_type(replaced.edge, "Route53::RecordSet")


def test_with_a_zone_the_certificate_is_proved_and_the_name_points_here(whole: Templates) -> None:
    (certificate,) = properties(whole.edge, "CertificateManager::Certificate")
    assert certificate["DomainValidationOptions"] == [
        {"DomainName": "login.example.com", "HostedZoneId": "Z0123456789ABC"}
    ]
    assert certificate["ValidationMethod"] == "DNS"
    (made,) = of_type(whole.edge, "CertificateManager::Certificate")
    used = distribution(whole)["ViewerCertificate"]
    assert (used["AcmCertificateArn"], used["SslSupportMethod"]) == ({"Ref": made}, "sni-only")
    records = properties(whole.edge, "Route53::RecordSet")
    assert {(each["Type"], each["Name"], each["HostedZoneId"]) for each in records} == {
        ("A", "login.example.com", "Z0123456789ABC"),
        ("AAAA", "login.example.com", "Z0123456789ABC"),
    }
    (served,) = of_type(whole.edge, "CloudFront::Distribution")
    here = {"Fn::GetAtt": [served, "DomainName"]}
    assert [each["AliasTarget"]["DNSName"] for each in records] == [here, here]


def test_secrets_manager_draws_the_secret_and_no_template_holds_it(whole: Templates) -> None:
    (secret,) = properties(whole.state, "SecretsManager::Secret")
    assert secret["Name"] == "keybound-prod/origin-secret"
    assert secret["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
    assert "SecretString" not in secret
    (kept,) = of_type(whole.state, "SecretsManager::Secret").values()
    assert kept["DeletionPolicy"] == "Retain"


def test_the_secret_is_copied_to_the_edges_region_unless_it_is_there(whole: Templates) -> None:
    (secret,) = properties(whole.state, "SecretsManager::Secret")
    condition, copies, otherwise = secret["ReplicaRegions"]["Fn::If"]
    assert copies == [{"Region": "us-east-1"}]
    assert otherwise == {"Ref": "AWS::NoValue"}
    assert whole.state["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}]
    }


def test_rooms_of_the_auth_host_ask_for_the_secret_and_no_others(whole: Templates) -> None:
    (secret,) = of_type(whole.state, "SecretsManager::Secret")
    asking = {
        each["FunctionName"].removeprefix("keybound-prod-"): whole.resolve(
            each["Environment"]["Variables"][origin.SETTING]
        )
        for each in properties(whole.app, "Lambda::Function")
        if origin.SETTING in each["Environment"]["Variables"]
    }
    guarded = {each.name for each in ROOMS if each.host is Host.AUTH} | {FALLBACK}
    assert asking == dict.fromkeys(guarded, secret)


def test_what_answers_unknown_paths_asks_for_it_on_the_auth_host_alone(whole: Templates) -> None:
    """`$default` of both APIs is one room; it knows by the API's id where it was called."""
    (auth,) = (
        name
        for name, api in of_type(whole.app, "ApiGatewayV2::Api").items()
        if api["Properties"]["Name"] == "keybound-prod-auth"
    )
    told = {
        each["FunctionName"].removeprefix("keybound-prod-"): whole.resolve(
            each["Environment"]["Variables"][origin.GUARDED_API]
        )
        for each in properties(whole.app, "Lambda::Function")
        if origin.GUARDED_API in each["Environment"]["Variables"]
    }
    assert told == {FALLBACK: auth}
    assert room(FALLBACK).grants == room(FALLBACK).unwraps == ()


def test_static_files_are_served_beside_the_host_and_read_by_cloudfront_alone(
    whole: Templates,
) -> None:
    assert distribution(whole)["Enabled"] is True
    (behaviour,) = distribution(whole)["CacheBehaviors"]
    assert behaviour["PathPattern"] == ASSETS
    assert not any(path.startswith(ASSETS[:-1]) for each in ROOMS for path in each.routes)
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS"}
    (origin_of_files,) = (
        each for each in distribution(whole)["Origins"] if each["Id"] == behaviour["TargetOriginId"]
    )
    assert "OriginCustomHeaders" not in origin_of_files, "the secret is for the host alone"
    (control,) = properties(whole.edge, "CloudFront::OriginAccessControl")
    signing = control["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["SigningProtocol"]) == ("always", "sigv4")
    (bucket,) = properties(whole.edge, "S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (policy,) = properties(whole.edge, "S3::BucketPolicy")
    allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert [s["Principal"] for s in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert "AWS:SourceArn" in allowed[0]["Condition"]["StringEquals"]
    assert allowed[0]["Action"] == "s3:GetObject"
    denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s["Condition"] for s in denied]


# --- what is kept of a request


def test_the_access_log_has_chosen_fields_none_of_which_may_hold_a_secret(
    whole: Templates,
) -> None:
    (delivery,) = properties(whole.edge, "Logs::Delivery")
    fields = {field.lower() for field in delivery["RecordFields"]}
    assert {"sc-status", "cs-method", "time-taken", "x-edge-request-id"} <= fields
    for secret in ("uri", "query", "referer", "cookie", "authorization", "header", "user-agent"):
        assert [field for field in fields if secret in field] == []
    (source,) = of_type(whole.edge, "Logs::DeliverySource")
    (destination,) = of_type(whole.edge, "Logs::DeliveryDestination")
    assert delivery["DeliverySourceName"] == "keybound-prod"
    assert delivery["DeliveryDestinationArn"] == {"Fn::GetAtt": [destination, "Arn"]}
    logged = whole.edge["Resources"][source]["Properties"]
    assert (logged["Name"], logged["LogType"]) == ("keybound-prod", "ACCESS_LOGS")
    (served,) = of_type(whole.edge, "CloudFront::Distribution")
    assert f'"{served}"' in json.dumps(logged["ResourceArn"])
    written = whole.edge["Resources"][destination]["Properties"]
    arn = whole.resolve(written["DestinationResourceArn"])
    group = whole.edge["Resources"][arn.rpartition(":")[2]]["Properties"]
    assert group["LogGroupName"] == "/aws/vendedlogs/cloudfront/keybound-prod"
    assert group["RetentionInDays"] == 90
    # The older kind, which always holds query strings, is off.
    assert "Logging" not in distribution(whole)
    assert "RealtimeLogConfigArn" not in json.dumps(distribution(whole))


def test_the_firewalls_log_drops_query_strings_and_authorization(whole: Templates) -> None:
    (logging,) = properties(whole.edge, "WAFv2::LoggingConfiguration")
    assert {"QueryString": {}} in logging["RedactedFields"]
    names = {
        field["SingleHeader"]["Name"]
        for field in logging["RedactedFields"]
        if "SingleHeader" in field
    }
    assert {"authorization", "cookie", "dpop", "referer", HEADER} == names
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (destination,) = whole.resolve(logging["LogDestinationConfigs"])
    group = whole.edge["Resources"][destination.rpartition(":")[2]]["Properties"]
    assert group["LogGroupName"].startswith("aws-waf-logs-")  # the only name WAF writes to
    assert group["RetentionInDays"] == 90


def test_the_firewall_keeps_no_samples_of_requests(whole: Templates) -> None:
    (acl,) = properties(whole.edge, "WAFv2::WebACL")
    visible = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert [each["SampledRequestsEnabled"] for each in visible] == [False, False]


def test_an_address_that_asks_too_often_is_held_off(whole: Templates) -> None:
    (acl,) = properties(whole.edge, "WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    assert acl["DefaultAction"] == {"Allow": {}}
    (rule,) = acl["Rules"]
    limit = rule["Statement"]["RateBasedStatement"]
    assert (limit["AggregateKeyType"], limit["Limit"], limit["EvaluationWindowSec"]) == (
        *("IP", 3000),
        300,
    )
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    (logging,) = properties(whole.edge, "WAFv2::LoggingConfiguration")
    (firewall,) = of_type(whole.edge, "WAFv2::WebACL")
    assert logging["ResourceArn"] == {"Fn::GetAtt": [firewall, "Arn"]}
    assert distribution(whole)["WebACLId"] == {"Fn::GetAtt": [firewall, "Arn"]}
