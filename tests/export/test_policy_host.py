"""The record of the host of an MTA-STS policy is listed with where it points, which API Gateway alone knows."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.environments import load_environments
from mailproof.model.mta_sts import policy_host
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import dkim_attributes
from tests.localaws.conftest import local_aws, world
from tests.localaws.world import World

__all__ = ["local_aws", "world"]


def run(world: World, folder: Path, *arguments: str) -> Result:
    """Run a command on the files of a folder."""
    place = ["--environments", str(folder), "--resolver", world.aws.dns]
    return CliRunner().invoke(app, [*arguments, *place])


def test_the_host_is_listed_with_what_the_stack_has_made(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing before the deployment, not known where nobody may ask; then in every format, as DNS has it."""
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (tmp_path / "prod.yaml").write_text(
        f'account: "{world.account}"\nregions: [us-east-1]\nzones: {{{world.zone}: {{id: {world.zone_id}}}}}\n'
        f"domains:\n- name: {world.zone}\n  mail_from: none\n"
        "  mta_sts: {mode: testing, mx: [mx.example.net], serve: true}\n"
    )
    host = policy_host(world.zone)
    before = run(world, tmp_path, "records", "--format", "json")
    gap = json.loads(before.stdout)["gaps"][-1]
    assert gap["state"] == "missing", gap["reason"]
    assert (before.exit_code, gap["domain"], gap["region"], gap["state"]) == (1, world.zone, "us-east-1", "missing")
    assert gap["reason"].startswith(f"API Gateway has no custom domain name {host} yet")
    (environment,) = load_environments(tmp_path)
    for plan in plan_stacks(environment):
        resources = {key: value for item in plan.items for key, value in item.resources(dkim_attributes).items()}
        assert world.deploy(resources, stack=plan.id.stack_name, region=plan.id.region) == "CREATE_COMPLETE"
    (target,) = world.values(host, "CNAME")
    after = run(world, tmp_path, "records", "--format", "json")
    document = json.loads(after.stdout)
    assert (after.exit_code, document["gaps"]) == (0, [])
    (record,) = [one for one in document["records"] if one["purpose"] == "mta-sts-host"]
    assert (record["name"], record["type"], record["value"], record["regions"]) == (f"{host}.", "CNAME", target, [])
    for form in ("table", "csv", "zone", "octodns", "terraform"):
        assert target.removesuffix(".") in "".join(run(world, tmp_path, "records", "--format", form).stdout.split())
    world.change("UPSERT", host, "CNAME", target)  # of another TTL, so that it can be deleted so
    world.change("DELETE", host, "CNAME", target)
    missing = run(world, tmp_path, "check", "--format", "json")
    (fix,) = [each["fix"] for each in json.loads(missing.stdout)["findings"] if each["rule"] == "mta-sts-host-missing"]
    assert f"`mailproof repair prod --environments {tmp_path}`" in fix
    repaired = CliRunner().invoke(app, ["repair", "prod", "--yes", "--environments", str(tmp_path)])
    assert (repaired.exit_code, world.values(host, "CNAME")) == (0, [target]), repaired.output
    world.aws.add_fault(service="apigateway", code="AccessDeniedException")
    refused = run(world, tmp_path, "records")
    assert (refused.exit_code, "AccessDeniedException" in refused.output) == (3, True)
    assert f"API Gateway could not be asked where {host} points" in refused.output
    refused = CliRunner().invoke(app, ["repair", "prod", "--yes", "--environments", str(tmp_path)])
    assert (refused.exit_code, "apigateway:GET" in refused.output) == (3, True), refused.output
