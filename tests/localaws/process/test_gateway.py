"""The HTTP front: whom it answers, and how it refuses what localaws does not model."""

import http.client
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.localaws import LocalAws
from tests.localaws.world import World

_HEALTH = "/_localaws/health"


def _ask(aws: LocalAws, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    address = aws.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:4566", "127.0.0.1.attacker.example", ""])
@pytest.mark.parametrize("path", [_HEALTH, "/2013-04-01/hostedzone"])
def test_a_foreign_host_is_refused(local_aws: LocalAws, host: str, path: str) -> None:
    """A page whose name suddenly leads to this machine (DNS rebinding) reads and sets nothing."""
    assert _ask(local_aws, "GET", path, Host=host).status == 403


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://localhost.attacker.example"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused(local_aws: LocalAws, method: str, origin: str) -> None:
    """A page of another site can send a request to this machine; it is not carried out."""
    assert _ask(local_aws, method, "/_localaws/faults", Origin=origin).status == 403
    assert local_aws.faults() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:4566", "[::1]:4566", "bucket.localhost"])
def test_this_machine_is_answered(local_aws: LocalAws, host: str) -> None:
    """By each of its own names."""
    assert _ask(local_aws, "GET", _HEALTH, Host=host, Origin="http://localhost:8080").status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", _HEALTH), ("GET", "/2013-04-01/hostedzone"), ("OPTIONS", "/v2/email/identities")]
)
def test_no_answer_is_for_other_sites(local_aws: LocalAws, method: str, path: str) -> None:
    """No browser hands an answer on to a page of another origin."""
    headers = dict(_ask(local_aws, method, path).getheaders())
    assert not [name for name in headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        pytest.param("lambda", "list_functions", {}, "UnknownOperationException", id="rest-json"),
        pytest.param("dynamodb", "list_tables", {}, "UnknownOperationException", id="json"),
        pytest.param("cloudwatch", "describe_alarms", {}, "UnknownOperationException", id="cbor"),
        pytest.param("rds", "describe_db_instances", {}, "InvalidAction", id="query"),
        pytest.param("ec2", "describe_vpcs", {}, "InvalidAction", id="ec2"),
        pytest.param("cloudfront", "list_distributions", {}, "InvalidAction", id="rest-xml"),
        pytest.param("sesv2", "list_contact_lists", {}, "UnknownOperationException", id="ses-v2"),
        pytest.param("sesv2", "put_account_vdm_attributes", {"VdmAttributes": {"VdmEnabled": "ENABLED"}},
                     "UnknownOperationException", id="ses-v2-put"),
        pytest.param("ses", "verify_domain_identity", {"Domain": "a.example"}, "InvalidAction", id="ses-v1"),
        pytest.param("route53", "list_traffic_policies", {}, "InvalidAction", id="route53"),
        pytest.param("cloudformation", "list_types", {}, "InvalidAction", id="cloudformation"),
        pytest.param("iam", "list_server_certificates", {}, "InvalidAction", id="iam"),
        pytest.param("ssm", "list_documents", {}, "UnknownOperationException", id="ssm"),
        pytest.param("ecr", "describe_pull_through_cache_rules", {}, "UnknownOperationException", id="ecr"),
    ],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_as_such(
    world: World, service: str, call: str, arguments: dict[str, Any], code: str
) -> None:
    """In the error form of each protocol, so that every client shows the sentence; never as not found."""
    with pytest.raises(ClientError) as caught:
        getattr(world.client(service), call)(**arguments)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"].startswith("localaws does not model")) == (code, True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
