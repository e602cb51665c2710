"""CloudFront in front of the auth host, with static assets under one path."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.components.acknowledged import edge_without_borders, served_by_cloudfront_alone
from infra.components.origin_secret import as_header
from infra.names import Names
from infra.settings import Settings

ASSETS = "/assets/*"
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # of every distribution's alias, says Route 53


def distribution(
    scope: Construct,
    settings: Settings,
    names: Names,
    *,
    certificate_arn: str,
    assets: s3.Bucket,
    firewall_arn: str,
) -> cloudfront.Distribution:
    """Make it. What the host answers is never cached, and the query reaches it as it was sent."""
    made = cloudfront.Distribution(
        scope,
        "Distribution",
        comment=f"Keybound: the auth host of {names.prefix}",
        domain_names=[settings.auth_domain_name],
        certificate=acm.Certificate.from_certificate_arn(scope, "Served", certificate_arn),
        minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        web_acl_id=firewall_arn,
        default_behavior=_host(settings, names),
        additional_behaviors={ASSETS: _static(assets)},
    )
    edge_without_borders(made)
    return made


def _host(settings: Settings, names: Names) -> cloudfront.BehaviorOptions:
    """HTTPS only: a redirect would have sent the secrets of a first call in the clear.

    The API answers under its own name, so Host alone is not passed on.
    """
    return cloudfront.BehaviorOptions(
        origin=origins.HttpOrigin(
            settings.edge_origin_domain_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            custom_headers=as_header(names, settings.edge_secret_version),
        ),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        compress=False,
    )


def _static(assets: s3.Bucket) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origins.S3BucketOrigin.with_origin_access_control(assets),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        response_headers_policy=(
            cloudfront.ResponseHeadersPolicy.CORS_ALLOW_ALL_ORIGINS_AND_SECURITY_HEADERS
        ),
    )


def assets_bucket(scope: Construct, *, disposable: bool) -> s3.Bucket:
    """Make the bucket of static files, which only CloudFront reads."""
    bucket = s3.Bucket(
        scope,
        "Assets",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        versioned=True,
        removal_policy=RemovalPolicy.DESTROY if disposable else RemovalPolicy.RETAIN,
    )
    served_by_cloudfront_alone(bucket)
    return bucket


def certificate_arn(scope: Construct, settings: Settings) -> str:
    """Return the certificate that was named, or make one that the hosted zone proves."""
    if settings.edge_certificate_arn:
        return settings.edge_certificate_arn
    zone, domain = settings.edge_hosted_zone_id, settings.auth_domain_name
    made = acm.CfnCertificate(
        scope,
        "Certificate",
        domain_name=domain,
        validation_method="DNS",
        domain_validation_options=[
            acm.CfnCertificate.DomainValidationOptionProperty(
                domain_name=domain, hosted_zone_id=zone
            )
        ],
    )
    return made.ref


def point_the_name(scope: Construct, settings: Settings, served: cloudfront.Distribution) -> None:
    """Point the domain name to the distribution, where its zone is ours to change."""
    for kind in ("A", "AAAA"):
        route53.CfnRecordSet(
            scope,
            f"Record{kind}",
            hosted_zone_id=settings.edge_hosted_zone_id,
            name=settings.auth_domain_name,
            type=kind,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=served.distribution_domain_name, hosted_zone_id=_CLOUDFRONT_ZONE
            ),
        )
