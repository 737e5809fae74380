"""What serves an MTA-STS policy: made, asked as a sender asks, and changed."""

import json
import urllib.request
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.environments import load_environments
from mailproof.localaws import LocalAws
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.mta_sts import POLICY_PATH, MtaSts, MtaStsMode, build_mta_sts, policy_host
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import dkim_attributes
from mailproof.model.stack_item import PolicyHostItem, RecordSetsItem
from tests.https import serving, write_certificate, write_trust
from tests.localaws.world import Resources, World

TESTING = MtaSts(MtaStsMode.TESTING, ("mx1.example.org", "*.mail.example.org"), 604_800, is_served=True)
ACCOUNT_OF_UNSIGNED_REQUESTS = "000000000000"
ZONE = "policy.localhost"  # the emulator answers for no other hosts than this machine's


def _resources(domain: SendingDomain) -> Resources:
    items = (RecordSetsItem(domain, None), PolicyHostItem(domain))
    return {name: resource for item in items for name, resource in item.resources(lambda _: ()).items()}


def _fetch(aws: LocalAws, host: str) -> tuple[str, str]:
    """Return type and text of the answer of a host; over HTTP, since the emulator has no certificate."""
    request = urllib.request.Request(f"{aws.endpoint}{POLICY_PATH}", headers={"Host": host})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.headers.get_content_type(), answer.read().decode()


def test_the_policy_is_served_and_follows_the_file(local_aws: LocalAws) -> None:
    """The record of the host points where API Gateway says; after a change the text is the new one."""
    world = World(local_aws, ACCOUNT_OF_UNSIGNED_REQUESTS, "Z0POLICYHOST00000001", ZONE)
    domain = SendingDomain(ZONE, Zone(ZONE, world.zone_id), ("us-east-1",), individual_records=True)
    for policy in (TESTING, replace(TESTING, mode=MtaStsMode.ENFORCE)):
        state = world.deploy(_resources(replace(domain, mta_sts=policy)))
        assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, world.reasons()
        (target,) = world.values(policy_host(ZONE), "CNAME")
        assert ".execute-api.us-east-1." in target
        assert world.values(f"_mta-sts.{ZONE}", "TXT") == [f'"{build_mta_sts(policy)}"']
        assert _fetch(local_aws, policy_host(ZONE)) == ("text/plain", policy.text)


def test_a_check_takes_the_policy_over_https(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the record of the host to the text, with a certificate of its own before the API, which has none here."""
    world = World(local_aws, ACCOUNT_OF_UNSIGNED_REQUESTS, "Z0POLICYHOST00000002", f"sub.{ZONE}")
    for name, value in local_aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    host = policy_host(world.zone)
    (tmp_path / "prod.yaml").write_text(
        f'account: "{world.account}"\nregions: [us-east-1]\nzones: {{{world.zone}: {{id: {world.zone_id}}}}}\n'
        f"domains:\n- name: {world.zone}\n  mail_from: none\n  dmarc: {{policy: none}}\n"
        "  mta_sts: {mode: testing, mx: [mx1.example.org], serve: true}\n"
    )
    (environment,) = load_environments(tmp_path)
    for plan in plan_stacks(environment):
        resources = {key: value for item in plan.items for key, value in item.resources(dkim_attributes).items()}
        assert world.deploy(resources, stack=plan.id.stack_name) == "CREATE_COMPLETE"
    (target,) = world.values(host, "CNAME")
    World(local_aws, world.account, "Z0POLICYHOST00000003", target.removesuffix(".")).change(
        "UPSERT", target, "A", "127.0.0.1"
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(write_trust(tmp_path)))

    def findings(*certified: str) -> list[tuple[str, str]]:
        with serving(_forwarding(local_aws), *write_certificate(tmp_path, certified)) as port:
            monkeypatch.setattr("mailproof.live.mta_sts_reader.HTTPS_PORT", port)
            place = ["--environments", str(tmp_path), "--resolver", local_aws.dns, "--format", "json"]
            found = json.loads(CliRunner().invoke(app, ["check", *place]).stdout)["findings"]
        return [(each["rule"], each["observed"]) for each in found if each["rule"].startswith("mta-sts")]

    assert findings(host) == []
    [(rule, observed)] = findings(f"other.{host}")
    assert (rule, observed.partition(":")[0]) == ("mta-sts-not-served", "its certificate is not taken")


def _forwarding(aws: LocalAws) -> type[BaseHTTPRequestHandler]:
    """Return what hands requests on to the emulator, as they are."""

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = urllib.request.Request(f"{aws.endpoint}{self.path}", headers=dict(self.headers))  # noqa: S310
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.end_headers()
                self.wfile.write(answer.read())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Front
