"""With a sender there is a domain that mail is signed for, and a configuration set."""

from tests.infra.templates import Templates, of_type, properties


def test_without_a_sender_nothing_of_ses_is_made(templates: Templates) -> None:
    assert "AWS::SES" not in str(templates.state)


def test_the_senders_domain_is_an_identity_that_signs_and_is_kept(whole: Templates) -> None:
    (identity,) = of_type(whole.state, "SES::EmailIdentity").values()
    assert identity["Properties"]["EmailIdentity"] == "mail.example.com"
    assert identity["Properties"]["DkimSigningAttributes"] == {
        "NextSigningKeyLength": "RSA_2048_BIT"
    }
    assert identity["DeletionPolicy"] == "Retain"


def test_mail_goes_out_by_tls_and_not_to_addresses_that_bounced(whole: Templates) -> None:
    (sending,) = properties(whole.state, "SES::ConfigurationSet")
    assert sending["Name"] == "keybound-prod"
    assert sending["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert sending["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert sending["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    # Opens and clicks are not tracked: a tracked link is a link that somebody else has followed.
    assert "TrackingOptions" not in sending
    (identity,) = properties(whole.state, "SES::EmailIdentity")
    (name,) = of_type(whole.state, "SES::ConfigurationSet")
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": {"Ref": name}}


def test_the_records_that_prove_the_domain_are_outputs(whole: Templates) -> None:
    outputs = whole.resolve(whole.state["Outputs"])
    (identity,) = of_type(whole.state, "SES::EmailIdentity")
    for number in "123":
        name, kind, target = outputs[f"DkimRecord{number}"]["Value"].split()
        assert kind == "CNAME"
        assert name == f"{identity}.DkimDNSTokenName{number}"
        assert target == f"{identity}.DkimDNSTokenValue{number}"


def test_bounces_complaints_and_rejections_are_told_to_the_default_bus(whole: Templates) -> None:
    (told,) = properties(whole.state, "SES::ConfigurationSetEventDestination")
    destination = told["EventDestination"]
    assert destination["Enabled"] is True
    assert sorted(destination["MatchingEventTypes"]) == ["BOUNCE", "COMPLAINT", "REJECT"]
    bus = whole.resolve(destination["EventBridgeDestination"]["EventBusArn"])
    assert bus.endswith(":event-bus/default")


def test_one_rule_brings_them_to_one_room_and_nothing_else_may_invoke_it(whole: Templates) -> None:
    (rule,) = of_type(whole.app, "Events::Rule").values()
    pattern = whole.resolve(rule["Properties"]["EventPattern"])
    assert pattern["source"] == ["aws.ses"]
    assert pattern["account"] == ["123456789012"]
    assert pattern["detail"] == {
        "eventType": ["Bounce", "Complaint", "Reject"],
        "mail": {"tags": {"ses:configuration-set": ["keybound-prod"]}},
    }
    (target,) = rule["Properties"]["Targets"]
    (rule_id,) = of_type(whole.app, "Events::Rule")
    allowed = [
        each
        for each in properties(whole.app, "Lambda::Permission")
        if each["Principal"] == "events.amazonaws.com"
    ]
    (permission,) = allowed
    assert permission["FunctionName"] == target["Arn"]
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule_id, "Arn"]}
    feedback = whole.app["Resources"][target["Arn"]["Ref"]]["Properties"]["FunctionName"]
    function = whole.app["Resources"][feedback["Ref"]]["Properties"]["FunctionName"]
    assert function == "keybound-prod-mail_feedback"


def test_without_a_sender_there_is_no_rule(templates: Templates) -> None:
    assert of_type(templates.app, "Events::Rule") == {}


def test_rooms_that_send_or_have_sent_know_the_sender_the_set_and_the_limits(
    whole: Templates,
) -> None:
    for function in properties(whole.app, "Lambda::Function"):
        name = function["FunctionName"].removeprefix("keybound-prod-")
        known = function["Environment"]["Variables"]
        mail = {key: value for key, value in known.items() if key.startswith("KEYBOUND_MAIL")}
        sends = name in {
            room.name
            for room in whole.rooms
            if room.sends_mail or room.leaves_mail or room.mail_events or room.invokes
        }
        assert mail == (
            {
                "KEYBOUND_MAIL_SENDER": "no-reply@mail.example.com",
                "KEYBOUND_MAIL_CONFIGURATION_SET": "keybound-prod",
                "KEYBOUND_MAILS_PER_RECIPIENT": "10",
                "KEYBOUND_MAILS_PER_REALM": "1000",
            }
            if sends
            else {}
        ), name
