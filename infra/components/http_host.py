"""One of the two HTTP APIs: a route for each path of the manifest, and `$default`.

No CORS configuration: API Gateway would answer preflights itself and overwrite what the rooms say.
"""

import json

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.manifest import Host, Room
from infra.components.acknowledged import route_without_authorizer
from infra.components.log_group import arn_without_streams, log_group
from infra.components.room_function import construct_id
from infra.names import Names
from infra.settings import Settings

# Neither paths nor query strings nor headers: links' tokens, codes and bearer tokens travel there.
# Lines are paid for by the byte; how long the room itself took stands in the room's own line.
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "source_ip": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "integration_status": "$context.integrationStatus",
    "integration_error": "$context.integrationErrorMessage",
}
# Unknown paths are mostly scanners: they get a tenth, and cannot use up what callers have.
_DEFAULT_SHARE = 10


class HttpHost(Construct):
    """The API of one host. Routes are added by `serve`; `finish` makes the stage.

    base_url: what the host is called in links, issuers and audiences; from settings, else the
    API's own endpoint.
    """

    def __init__(self, scope: Construct, host: Host, settings: Settings, names: Names) -> None:
        super().__init__(scope, f"{host.value.capitalize()}Gateway")
        self._host, self._settings, self._names = host, settings, names
        self.domain_name: str = getattr(settings, f"{host.value}_domain_name")
        self._certificate_arn: str = getattr(settings, f"{host.value}_certificate_arn")
        self._routes: list[apigateway.CfnRoute] = []
        self._throttles: dict[str, dict[str, int]] = {}
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=names.api(host),
            description=f"Keybound: the {host.value} host",
            create_default_stage=False,
            # With its own domain mapped here, the other way in is closed.
            disable_execute_api_endpoint=True if self._certificate_arn else None,
        )

    @property
    def base_url(self) -> str:
        if self.domain_name:
            return f"https://{self.domain_name}"
        return f"https://{self.endpoint}"

    @property
    def endpoint(self) -> str:
        """API Gateway's own name for the API."""
        stack = Stack.of(self)
        return f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"

    def serve(self, room: Room, alias: lambda_.Alias) -> None:
        """Route every path of the room to it, and let this API invoke it."""
        integration = self._integration(room, alias)
        for number, path in enumerate(room.routes, start=1):
            route = self._route(f"{construct_id(room)}Route{number}", f"ANY {path}", integration)
            route_without_authorizer(route, room)

    def serve_everything_else(self, room: Room, alias: lambda_.Alias) -> None:
        """Route `$default` to the room."""
        integration = self._integration(room, alias)
        route = self._route("DefaultRoute", "$default", integration, share=_DEFAULT_SHARE)
        route_without_authorizer(route, room)

    def finish(self) -> apigateway.CfnStage:
        """Make the stage that serves the routes, with its throttles and access log."""
        access_log = log_group(
            self,
            "AccessLog",
            log_group_name=self._names.access_log_group(self._host),
            days=self._settings.log_retention_days,
        )
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=arn_without_streams(access_log),
                format=json.dumps(ACCESS_LOG, separators=(",", ":")),
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=self._settings.requests_per_second,
                throttling_burst_limit=self._settings.request_burst,
            ),
            route_settings=self._throttles,
        )
        for route in self._routes:  # route settings may only name routes that exist
            stage.add_resource_dependency(route)
        return stage

    def own_domain(self, stage: apigateway.CfnStage) -> apigateway.CfnDomainName | None:
        """Serve the domain name here if there is a certificate for it; its DNS record then points
        to the attribute RegionalDomainName. None when something in front of the API serves it."""
        if not self._certificate_arn:
            return None
        domain = apigateway.CfnDomainName(
            self,
            "Domain",
            domain_name=self.domain_name,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=self._certificate_arn,
                    endpoint_type="REGIONAL",
                    security_policy="TLS_1_2",
                )
            ],
        )
        apigateway.CfnApiMapping(
            self, "Mapping", api_id=self.api.api_id, domain_name=domain.ref, stage=stage.ref
        )
        return domain

    def _integration(self, room: Room, alias: lambda_.Alias) -> apigateway.CfnIntegration:
        alias.add_permission(
            f"InvokedBy{self._host.value.capitalize()}",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=Stack.of(self).format_arn(
                service="execute-api", resource=self.api.api_id, resource_name="*"
            ),
        )
        return apigateway.CfnIntegration(
            self,
            f"{construct_id(room)}Integration",
            api_id=self.api.api_id,
            integration_type="AWS_PROXY",
            integration_uri=alias.function_arn,
            payload_format_version="2.0",
        )

    def _route(
        self, name: str, key: str, integration: apigateway.CfnIntegration, share: int = 1
    ) -> apigateway.CfnRoute:
        route = apigateway.CfnRoute(
            self,
            name,
            api_id=self.api.api_id,
            route_key=key,
            authorization_type="NONE",
            target=f"integrations/{integration.ref}",
        )
        self._routes.append(route)
        self._throttles[key] = {
            "ThrottlingRateLimit": max(1, self._settings.requests_per_second // share),
            "ThrottlingBurstLimit": max(1, self._settings.request_burst // share),
        }
        return route
