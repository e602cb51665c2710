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
