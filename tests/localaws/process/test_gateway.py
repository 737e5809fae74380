"""The HTTP front: whom it answers, and how it refuses what localaws does not model."""

import contextlib
import http.client
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from mailproof.localaws import LocalAws
from tests.localaws.world import World

_DESCRIBE = "/_localaws/describe"


class _Answer(NamedTuple):
    status: int
    headers: list[str]
    body: str


def _ask(aws: LocalAws, method: str, path: str, **headers: str) -> _Answer:
    address = aws.endpoint.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(address, timeout=5)) as connection:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return _Answer(response.status, list(response.headers), response.read().decode())


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:4566", "127.0.0.1.attacker.example", ""])
@pytest.mark.parametrize("path", [_DESCRIBE, "/2013-04-01/hostedzone"])
def test_a_foreign_host_is_refused(local_aws: LocalAws, host: str, path: str) -> None:
    """A page whose name suddenly leads to this machine (DNS rebinding) reads and sets nothing."""
    assert _ask(local_aws, "GET", path, Host=host).status == 403


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://localhost.attacker.example"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused(local_aws: LocalAws, method: str, origin: str) -> None:
    """A page of another site can send a request to this machine; it is not carried out."""
    assert _ask(local_aws, method, "/_localaws/add_fault", Origin=origin).status == 403
    assert local_aws.faults() == []


def test_a_picture_of_another_site_changes_nothing(local_aws: LocalAws) -> None:
    """A browser fetches it without an Origin, by GET."""
    assert _ask(local_aws, "GET", "/_localaws/clear_faults").status == 405


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localaws/reset"])
def test_what_the_emulator_below_could_be_told_is_not_there(local_aws: LocalAws, path: str) -> None:
    """It knows nothing of the zones, faults and mail that are kept beside it."""
    assert _ask(local_aws, "POST", path).status == 404


def test_the_arguments_of_an_action_are_checked(local_aws: LocalAws) -> None:
    """A misspelt action or argument shows."""
    answer = _ask(local_aws, "POST", "/_localaws/seed_zone")
    assert (answer.status, "missing a required argument: 'account'" in answer.body) == (400, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:4566", "[::1]:4566", "bucket.localhost"])
def test_this_machine_is_answered(local_aws: LocalAws, host: str) -> None:
    """By each of its own names."""
    assert _ask(local_aws, "POST", _DESCRIBE, Host=host, Origin="http://localhost:8080").status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", _DESCRIBE), ("GET", "/2013-04-01/hostedzone"), ("OPTIONS", "/v2/email/identities")]
)
def test_no_answer_is_for_other_sites(local_aws: LocalAws, method: str, path: str) -> None:
    """No browser hands an answer on to a page of another origin."""
    headers = _ask(local_aws, method, path).headers
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
