"""What may stand in front of the auth host: CloudFront, its firewall and log, static files."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from infra.components.distribution import (
    assets_bucket,
    certificate_arn,
    distribution,
    point_the_name,
)
from infra.components.edge_log import edge_log
from infra.components.firewall import firewall
from infra.components.origin_secret import EDGE_REGION
from infra.names import Names
from infra.settings import Settings


class EdgeStack(Stack):
    """In us-east-1, where CloudFront takes certificates, firewalls and logs from.

    Imports nothing: the origin is a setting, the secret a reference by its name. Deployed before
    the app begins to ask for the secret, and after the state that holds it.
    """

    def __init__(self, scope: Construct, settings: Settings, names: Names) -> None:
        super().__init__(
            scope,
            names.stack("edge"),
            description="Keybound: CloudFront in front of the auth host",
            env=Environment(region=EDGE_REGION),
        )
        assets = assets_bucket(self, disposable=settings.disposable)
        served = distribution(
            self,
            settings,
            names,
            certificate_arn=certificate_arn(self, settings),
            assets=assets,
            firewall_arn=firewall(self, names, settings).attr_arn,
        )
        edge_log(self, served, names, days=settings.log_retention_days)
        if settings.edge_hosted_zone_id:
            point_the_name(self, settings, served)
        CfnOutput(self, "EdgeDomainTarget", value=served.distribution_domain_name)
        CfnOutput(self, "AssetsBucketName", value=assets.bucket_name)
