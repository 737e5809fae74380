"""Zones that change their name servers, as docs/day-two.md has it: every record is watched, and never gone."""

import json

from tests.check.world_dns import WorldDns, serve
from tests.e2e.project import Project, wire_value
from tests.e2e.rolling import Rollout
from tests.e2e.test_day_two import section
from tests.e2e.warm import Run
from tests.e2e.watch import never_wrong

OTHERS = ("www A 192.0.2.7", "@ MX 10 mail.example.net.", "hidden TXT kept")
"""Records of the live zone that are not ours."""


def compare(rollout: Rollout, *arguments: str) -> Run:
    """Run `mailproof zone compare`."""
    project = rollout.project
    return project.mailproof("zone", "compare", project.name, *arguments, "--resolver", project.aws.dns)


def lost(run: Run) -> set[str]:
    """Return the types of what would be lost, from the document of a comparison."""
    return {row["type"] for row in json.loads(run.stdout)["records"] if row["state"] == "lost"}


def zone_of_another_provider(project: Project, *lines: str) -> str:
    """Write the zone as another provider has it: all that mail needs, and these lines."""
    quoted = {r: f'"{r.values[0]}"' if r.type == "TXT" else wire_value(r) for r in project.expected()}
    mail = (f"{record.name}. {record.type} {value}" for record, value in quoted.items())
    head = ("$TTL 300", f"@ SOA ns.provider.example. host.{project.zone}. 1 7200 900 1209600 300")
    return "\n".join((*head, "@ NS ns.provider.example.", *mail, *lines, ""))


def test_a_zone_moves_into_route_53_and_back(project: Project) -> None:
    """It is filled while the old servers are asked; what would be lost is listed; then it is delegated."""
    text = section("A zone moves into Route 53")
    rollout = Rollout(project, {"zones": {project.zone: "external"}})
    project.stand()
    old = zone_of_another_provider(project, *OTHERS)
    project.aws.put_external_zone(project.zone, old)
    export = project.folder / "old.zone"
    export.write_text(old, encoding="utf-8")
    records = project.expected()
    assert rollout.is_right()

    assert "delegation: pending" in text
    rollout.keys = {"zones": {project.zone: {"id": project.zone_id, "delegation": "pending"}}}
    rollout.write()
    with never_wrong(project, records):
        filled = rollout.run(preflight=True)
        assert filled.returncode == 0, filled.stderr

        assert "mailproof zone compare prod example.com --zone-file" in text
        first = compare(rollout, "--zone-file", str(export), "--format", "json")
        assert (first.returncode, lost(first)) == (1, {"A", "MX", "TXT"})
        project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
        project.change("CREATE", project.zone, "MX", "10 mail.example.net")
        project.change("CREATE", f"hidden.{project.zone}", "TXT", '"kept"')
        again = compare(rollout, "--zone-file", str(export))
        assert again.returncode == 0, again.stdout
        assert f"What mail of {project.name} needs: {len(records)} same" in again.stdout

        project.aws.delegate_to(project.zone, project.zone_id)
        arrived = project.mailproof("check", "--environment", project.name, "--resolver", project.aws.dns)
        assert (arrived.returncode, arrived.stdout.count("delegation-arrived")) == (0, 1)
        rollout.keys = {}
        rollout.write()
        assert project.is_current()
        assert rollout.is_right()
        project.aws.restore_delegation(project.zone)  # back, as long as the old zone is kept
        assert rollout.is_right()


def test_a_zone_leaves_route_53(project: Project) -> None:
    """The other provider's servers are compared with the hosted zone before they are asked by the world."""
    text = section("A zone leaves Route 53")
    rollout = Rollout(project)
    project.stand()
    project.aws.delegate_to(project.zone, project.zone_id)
    project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
    records = project.expected()
    with never_wrong(project, records):
        assert "mailproof zone compare prod example.com --name-server" in text
        with serve(WorldDns({project.zone: zone_of_another_provider(project)})) as server:
            first = compare(rollout, "--name-server", server, "--format", "json")
        assert (first.returncode, lost(first)) == (1, {"A"})
        full = zone_of_another_provider(project, OTHERS[0])
        with serve(WorldDns({project.zone: full})) as server:
            again = compare(rollout, "--name-server", server)
        assert again.returncode == 0, again.stdout

        project.aws.put_external_zone(project.zone, full)
        project.aws.restore_delegation(project.zone)
        rollout.keys = {"zones": {project.zone: "external"}}
        rollout.write()
        refused = rollout.run()
        assert refused.returncode == 1
        done = rollout.run(*options_of(refused))
        assert done.returncode == 0, done.stderr
    assert rollout.is_right()


def test_a_zone_moves_to_another_hosted_zone(project: Project) -> None:
    """Its records are made in the new one and stay in the old one, which is asked until the delegation changes."""
    text = section("Another hosted zone")
    rollout = Rollout(project)
    project.stand()
    project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
    records, new = project.expected(), f"{project.zone_id}N"
    project.aws.seed_zone(project.account, new, project.zone)
    rollout.keys = {"zones": {project.zone: {"id": new, "delegation": "pending"}}}
    rollout.write()
    with never_wrong(project, records):
        refused = rollout.run()
        assert refused.returncode == 1
        assert "would be replaced; what is there now stays in AWS, and leaves management" in refused.stderr
        done = rollout.run(*options_of(refused))
        assert done.returncode == 0, done.stderr

        assert "mailproof zone compare prod example.com --old-hosted-zone" in text
        first = compare(rollout, "--old-hosted-zone", project.zone_id, "--format", "json")
        assert (first.returncode, lost(first)) == (1, {"A"})
        old, project.zone_id = project.zone_id, new
        project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
        again = compare(rollout, "--old-hosted-zone", old)
        assert again.returncode == 0, again.stdout
        project.aws.delegate_to(project.zone, new)
        rollout.keys = {"zones": {project.zone: {"id": new}}}
        rollout.write()
        assert project.is_current()
    assert rollout.is_right()


def options_of(refused: Run) -> list[str]:
    """Return the options of the command line that a refusal prints, which let what it names pass."""
    line = next(line for line in refused.stderr.splitlines() if "to let all of this pass: " in line)
    words = line.split()
    return words[words.index("--allow") :]
