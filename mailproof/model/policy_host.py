"""What serves an MTA-STS policy, as CloudFormation resources: API Gateway answers by itself, without a backend."""

import json
from hashlib import sha256
from typing import Any

from mailproof.model.domain import SendingDomain
from mailproof.model.logical_ids import HASH_DIGITS, logical_id
from mailproof.model.mta_sts import POLICY_PATH, MtaSts, policy_host
from mailproof.model.names import Text
from mailproof.model.resource_types import (
    API,
    API_DEPLOYMENT,
    API_METHOD,
    API_RESOURCE,
    API_STAGE,
    BASE_PATH_MAPPING,
    CERTIFICATE,
    CUSTOM_DOMAIN,
)

STAGE = "policy"
REGIONAL = {"Types": ["REGIONAL"]}
OK = "200"
JSON = "application/json"  # what API Gateway takes a request for that names no type
CONTENT_TYPE = "method.response.header.Content-Type"
TAGGED = frozenset({API, API_STAGE, CERTIFICATE, CUSTOM_DOMAIN})
"""Those of the resources that take tags."""


def mapping_id(domain: str) -> str:
    """Return the logical id of the last resource that has to be there before anything is answered."""
    return logical_id("PolicyMapping", domain)


def served_ids(domain: str) -> tuple[str, str, str]:
    """Return the logical ids of what stays one by one: custom domain name, API and certificate, as they are deleted."""
    return _domain_id(domain), logical_id("PolicyApi", domain), logical_id("PolicyCertificate", domain)


def host_target(domain: str) -> Text:
    """Return where the record of the host points, as an attribute that only the stack knows."""
    return {"Fn::GetAtt": [_domain_id(domain), "RegionalDomainName"]}


def build_policy_host(domain: SendingDomain) -> dict[str, dict[str, Any]]:
    """
    Build what answers the policy of a domain, nothing if it has none, in the account and the region of the stack.

    The certificate is proved by a record that ACM writes into the hosted zone. A deployment is a snapshot that never
    changes: its logical id hangs on all that it is to answer.
    """
    name, host, policy = domain.name, policy_host(domain.name), domain.mta_sts
    if not policy:
        return {}
    _, api, certificate = served_ids(name)
    folder, file = (logical_id(kind, name) for kind in ("PolicyFolder", "PolicyFile"))
    method, stage = logical_id("PolicyMethod", name), logical_id("PolicyStage", name)
    of_api = {"RestApiId": {"Ref": api}}
    answer = _answer(policy)
    deployment = logical_id("PolicyDeployment", name, sha256(json.dumps(answer).encode()).hexdigest()[:HASH_DIGITS])
    root = {"Fn::GetAtt": [api, "RootResourceId"]}
    folder_name, file_name = POLICY_PATH.strip("/").split("/")
    validation = {"DomainName": host, "HostedZoneId": domain.zone.id}
    return {
        api: _resource(
            API,
            Name=host,
            Description=f"MTA-STS policy of {name}",
            EndpointConfiguration=REGIONAL,
            DisableExecuteApiEndpoint=True,
        ),
        folder: _resource(API_RESOURCE, **of_api, ParentId=root, PathPart=folder_name),
        file: _resource(API_RESOURCE, **of_api, ParentId={"Ref": folder}, PathPart=file_name),
        method: _resource(API_METHOD, **of_api, ResourceId={"Ref": file}, **answer),
        deployment: {**_resource(API_DEPLOYMENT, **of_api, Description=f"id={policy.id}"), "DependsOn": [method]},
        stage: _resource(API_STAGE, **of_api, DeploymentId={"Ref": deployment}, StageName=STAGE),
        certificate: _resource(
            CERTIFICATE, DomainName=host, ValidationMethod="DNS", DomainValidationOptions=[validation]
        ),
        _domain_id(name): _resource(
            CUSTOM_DOMAIN,
            DomainName=host,
            EndpointConfiguration=REGIONAL,
            RegionalCertificateArn={"Ref": certificate},
            SecurityPolicy="TLS_1_2",
        ),
        mapping_id(name): _resource(
            BASE_PATH_MAPPING, **of_api, DomainName={"Ref": _domain_id(name)}, Stage={"Ref": stage}
        ),
    }


def _domain_id(domain: str) -> str:
    return logical_id("PolicyDomain", domain)


def _resource(type: str, **properties: Any) -> dict[str, Any]:  # noqa: A002 -- as CloudFormation calls it
    return {"Type": type, "Properties": properties}


def _answer(policy: MtaSts) -> dict[str, Any]:
    """Return the properties of the method: whoever asks gets the policy as text/plain."""
    plain = "text/plain"
    response = {
        "StatusCode": OK,
        "ResponseParameters": {CONTENT_TYPE: f"'{plain}'"},
        # Which of them is taken hangs on what a client accepts: all say the same, and the header says what it is.
        "ResponseTemplates": dict.fromkeys((JSON, plain), policy.text),
    }
    return {
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {JSON: f'{{"statusCode": {OK}}}'},
            "IntegrationResponses": [response],
        },
        "MethodResponses": [
            {"StatusCode": OK, "ResponseParameters": {CONTENT_TYPE: True}, "ResponseModels": {plain: "Empty"}}
        ],
    }
