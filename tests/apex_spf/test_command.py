"""`mailproof spf` on the emulator: a TXT set in which others have a say."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailproof.apex_spf import change
from mailproof.apex_spf.change import ApexZone
from mailproof.cli import app
from mailproof.model.txt import quote_txt
from tests.check.world_dns import WorldDns
from tests.localaws.world import World
from tests.zone_servers import Silent, zone_served, zone_text

OTHERS = ('"verification=1"', '"v=spf1 mx " "-all"', f'"{"k" * 255}" "\\103 \\"quoted\\""')


@pytest.fixture(autouse=True)
def _credentials(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(change, "PAUSE_S", 0.05)
    monkeypatch.setattr(change, "PROOF_TIMEOUT_S", 5)


def spf(world: World, folder: Path, *options: str, names: str = "include: [amazonses.com]") -> Result:
    """Run the command on the zone's own domain."""
    text = f"""
account: "{world.account}"
regions: [us-east-1]
zones: {{ {world.zone}: {{ id: {world.zone_id} }} }}
domains: [{{ name: {world.zone}, spf: {{ {names} }} }}]
"""
    if not names:
        text = text.replace(", spf: {  }", "")
    (folder / "prod.yaml").write_text(text, encoding="utf-8")
    where = ["--environments", str(folder)] + ([] if "--dns-timeout" in options else ["--resolver", world.aws.dns])
    return CliRunner().invoke(app, ["spf", "prod", world.zone, *where, *options])


def values(world: World) -> tuple[str, ...]:
    """Return the TXT set as Route 53 has it."""
    listed = world.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
    found = [record for record in listed if record["Type"] == "TXT" and record["Name"].rstrip(".") == world.zone]
    return tuple(value["Value"] for record in found for value in record["ResourceRecords"])


def test_a_name_goes_in_and_out_beside_what_others_have(world: World, tmp_path: Path) -> None:
    """Every other value stays as it was written, byte by byte; a second run has nothing to do."""
    world.change("CREATE", world.zone, "TXT", *OTHERS)
    assert spf(world, tmp_path, "--plan").exit_code == 1
    assert values(world) == OTHERS
    written = spf(world, tmp_path, "--yes")
    assert written.exit_code == 0, written.output
    assert "+ v=spf1 mx include:amazonses.com -all" in written.output
    assert values(world) == (OTHERS[0], quote_txt("v=spf1 mx include:amazonses.com -all"), OTHERS[2])
    again = spf(world, tmp_path, "--yes")
    assert (again.exit_code, "nothing to change" in again.output) == (0, True)
    kept = spf(world, tmp_path, "--yes", "--remove", "amazonses.com")
    assert (kept.exit_code, "leave it out there first" in kept.output) == (2, True)
    removed = spf(world, tmp_path, "--yes", "--remove", "amazonses.com", names="")
    assert removed.exit_code == 0, removed.output
    assert values(world) == (OTHERS[0], '"v=spf1 mx -all"', OTHERS[2])


def test_every_server_of_the_zone_has_a_say(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one does not tell is not known, and what one has otherwise is not settled: nothing is written."""
    world.change("CREATE", world.zone, "TXT", '"v=spf1 mx -all"')
    right, other = (WorldDns({world.zone: zone_text(3, f'@ TXT "v=spf1 {what} -all"')}) for what in ("mx", "a"))
    for third, exit_code, words in (
        (Silent(), 3, f"ns3.{world.zone}, a server of {world.zone}, did not answer for it"),
        (other, 1, "the servers of its zone disagree"),
    ):
        with monkeypatch.context() as patched, zone_served(patched, right, right, right, third):
            refused = spf(world, tmp_path, "--yes", "--dns-timeout", "0.3")
        assert (refused.exit_code, values(world)) == (exit_code, ('"v=spf1 mx -all"',)), refused.output
        assert words in refused.output


def test_over_the_limits_nothing_is_written(world: World, tmp_path: Path) -> None:
    """And two records, of which receivers take none, are somebody's to decide on."""
    costly = quote_txt("v=spf1 " + "mx " * 10 + "-all")
    world.change("CREATE", world.zone, "TXT", costly)
    refused = spf(world, tmp_path, "--yes")
    assert (refused.exit_code, "it costs 11 lookups" in refused.output) == (1, True)
    world.change("UPSERT", world.zone, "TXT", quote_txt(f"v=spf1 include:amazonses.com {'mx ' * 10}-all"))
    better = spf(world, tmp_path, "--yes", "--remove", "amazonses.com", names="")
    assert (better.exit_code, values(world)) == (0, (costly,)), better.output  # 11 lookups before
    world.change("UPSERT", world.zone, "TXT", quote_txt(f"v=spf1 include:amazonses.com {'mx ' * 12}-all"))
    better = spf(world, tmp_path, "--yes", "--remove", "amazonses.com", names="")
    assert (better.exit_code, "still at fault afterwards: it costs 12 lookups" in better.output) == (0, True)
    world.change("UPSERT", world.zone, "TXT", '"v=spf1 -all"', '"v=spf1 mx -all"')
    refused = spf(world, tmp_path, "--yes")
    assert (refused.exit_code, "has 2 SPF records" in refused.output) == (1, True)
    assert values(world) == ('"v=spf1 -all"', '"v=spf1 mx -all"')


def test_a_change_of_somebody_else_meanwhile_is_not_overwritten(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is the condition of the change."""
    world.change("CREATE", world.zone, "TXT", *OTHERS)
    write = ApexZone.write

    def write_later(zone: ApexZone, planned: change.ApexChange) -> None:
        world.change("UPSERT", world.zone, "TXT", '"verification=2"')
        write(zone, planned)

    monkeypatch.setattr(ApexZone, "write", write_later)
    refused = spf(world, tmp_path, "--yes")
    assert (refused.exit_code, "nothing was changed" in refused.output) == (3, True)
    assert values(world) == ('"verification=2"',)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ("include: []", "domains[0].spf.include: is empty"),
        ("include: [a.example], texts: [x]", "domains[0].spf: has both or neither"),
        ("texts: ['v=spf1 -all', 'v=spf1 mx']", "domains[0].spf.texts: has two SPF records"),
        ("texts: ['\"x\"']", "domains[0].spf.texts[0]: is not the text of a record"),
    ],
)
def test_a_wrong_key_is_refused(names: str, what: str, world: World, tmp_path: Path) -> None:
    """By file, line and key."""
    refused = spf(world, tmp_path, names=names)
    assert (refused.exit_code, what in refused.output) == (2, True), refused.output
