"""SES: the sender's domain, signed with DKIM, and the configuration set that mail goes out by."""

from collections.abc import Mapping

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.names import Names


def mail(scope: Construct, sender: str, names: Names, *, disposable: bool) -> Mapping[str, str]:
    """Make both, and return the DNS records that prove the domain: name → target, all CNAME.

    The configuration set sends by TLS only, and leaves out addresses that bounced or complained.
    """
    sending = ses.CfnConfigurationSet(
        scope,
        "ConfigurationSet",
        name=names.configuration_set,
        delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="REQUIRE"),
        reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(
            reputation_metrics_enabled=True
        ),
        sending_options=ses.CfnConfigurationSet.SendingOptionsProperty(sending_enabled=True),
        suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
            suppressed_reasons=["BOUNCE", "COMPLAINT"]
        ),
    )
    told = ses.CfnConfigurationSetEventDestination(
        scope,
        "MailEventsToEventBridge",
        configuration_set_name=sending.ref,
        event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
            name="eventbridge",
            enabled=True,
            matching_event_types=["BOUNCE", "COMPLAINT", "REJECT"],
            event_bridge_destination=_default_bus(Stack.of(scope)),
        ),
    )
    told.add_dependency(sending)
    identity = ses.CfnEmailIdentity(
        scope,
        "SenderDomain",
        email_identity=sender.rpartition("@")[2],
        configuration_set_attributes=ses.CfnEmailIdentity.ConfigurationSetAttributesProperty(
            configuration_set_name=sending.ref
        ),
        dkim_signing_attributes=ses.CfnEmailIdentity.DkimSigningAttributesProperty(
            next_signing_key_length="RSA_2048_BIT"
        ),
    )
    identity.apply_removal_policy(RemovalPolicy.DESTROY if disposable else RemovalPolicy.RETAIN)
    return {
        identity.attr_dkim_dns_token_name1: identity.attr_dkim_dns_token_value1,
        identity.attr_dkim_dns_token_name2: identity.attr_dkim_dns_token_value2,
        identity.attr_dkim_dns_token_name3: identity.attr_dkim_dns_token_value3,
    }


def _default_bus(
    stack: Stack,
) -> ses.CfnConfigurationSetEventDestination.EventBridgeDestinationProperty:
    """SES tells the default bus and no other."""
    arn = stack.format_arn(service="events", resource="event-bus", resource_name="default")
    return ses.CfnConfigurationSetEventDestination.EventBridgeDestinationProperty(event_bus_arn=arn)
