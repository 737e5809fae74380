"""docs/day-two.md, zones that change their name servers: followed to the letter, and watched from first to last."""

import json
from dataclasses import replace

from tests.check.world_dns import WorldDns, serve
from tests.e2e.conftest import Follow
from tests.e2e.following import Recipe
from tests.e2e.project import wire_value
from tests.e2e.rolling import HOME
from tests.e2e.warm import Run

NEW = "Z9876543210EXAMPLE"
OTHERS = ("www A 192.0.2.7", "hidden TXT kept")
"""Records of the live zone that are not ours."""


def lost(run: Run) -> set[str]:
    """Return the types of what would be lost, from the document of a comparison."""
    return {row["type"] for row in json.loads(run.stdout)["records"] if row["state"] == "lost"}


def zone_of_another_provider(page: Recipe, *lines: str) -> str:
    """Write the zone as another provider has it: all that mail needs, and these lines."""
    quoted = {r: f'"{r.values[0]}"' if r.type == "TXT" else wire_value(r) for r in page.project.expected()}
    mail = (f"{record.name}. {record.type} {value}" for record, value in quoted.items())
    servers = [f"@ 172800 NS ns{number}.old-provider.example." for number in (1, 2)]
    head = ("$TTL 3600", f"@ SOA ns1.old-provider.example. host.{page.project.zone}. 1 7200 900 1209600 300")
    return "\n".join((*head, *servers, *mail, *lines, ""))


def test_a_zone_moves_into_route_53_and_back(follow: Follow) -> None:
    """It is filled while the old servers are asked; what would be lost is listed; then it is delegated."""
    page = follow("A zone moves into Route 53")
    project = page.project
    page.stand(zones={project.zone: "external"})
    old = zone_of_another_provider(page, *OTHERS, "@ MX 10 mail.example.net.")
    project.aws.put_external_zone(project.zone, old)
    (project.folder.parent / f"{project.zone}.zone").write_text(old, encoding="utf-8")
    with page.watched():
        page.write()
        page.run()
        for name, kind, value in (
            (f"www.{project.zone}", "A", "192.0.2.7"),
            (f"hidden.{project.zone}", "TXT", '"kept"'),
        ):
            project.change("CREATE", name, kind, value)
        page.run(1)
        project.change("CREATE", project.zone, "MX", "10 mail.example.net")
        again = page.run_line(f"mailproof zone compare prod {project.zone} --zone-file {project.zone}.zone")
        assert again.returncode == 0, again.stdout
        project.aws.delegate_to(project.zone, project.zone_id)
        page.run()
        page.write()
        page.run()
        project.aws.restore_delegation(project.zone)  # back, as long as the old zone is kept
    assert page.is_right()


def test_a_zone_leaves_route_53(follow: Follow) -> None:
    """The other provider's servers are compared with the hosted zone before they are asked by the world."""
    page = follow("A zone leaves Route 53")
    project = page.project
    page.stand()
    project.aws.delegate_to(project.zone, project.zone_id)
    project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
    before = page.standing()
    full = zone_of_another_provider(page, OTHERS[0])
    with page.watched():
        exported = page.run()
        assert exported.stdout.count("_domainkey") == 3
        compare = f"mailproof zone compare prod {project.zone} --format json --name-server"
        with serve(WorldDns({project.zone: zone_of_another_provider(page)})) as server:
            first = page.run_line(f"{compare} {server}")
        assert (first.returncode, lost(first)) == (1, {"A"})
        with serve(WorldDns({project.zone: full})) as server:
            page.replace("ns1.new-provider.example", server)
            page.run()
        project.aws.put_external_zone(project.zone, full)
        project.aws.restore_delegation(project.zone)
        page.write()
        refused = page.run(1)
        done = page.run_line(page.pasted(refused, "to allow all of this: "))
        assert done.returncode == 0, done.stderr
        assert page.is_right()
        page.write()
        project.aws.delegate_to(project.zone, project.zone_id)
        page.run()
        page.run()
    assert page.stands_as(before)


def test_a_zone_moves_to_another_hosted_zone(follow: Follow) -> None:
    """Its records are made in the new one and stay in the old one, which is asked until the delegation changes."""
    page = follow("Another hosted zone")
    project = page.project
    page.stand()
    project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
    before = page.standing()
    project.aws.seed_zone(project.account, NEW, project.zone)
    with page.watched():
        page.write()
        refused = page.run(1)
        done = page.run_line(page.pasted(refused, "to allow all of this: "))
        assert done.returncode == 0, done.stderr
        page.run(1)
        old, project.zone_id = project.zone_id, NEW
        project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
        again = page.run_line(f"mailproof zone compare prod {project.zone} --old-hosted-zone {old}")
        assert again.returncode == 0, again.stdout
        project.aws.delegate_to(project.zone, NEW)
        page.files["prod"]["zones"] = {project.zone: {"id": NEW}}
        page.save()
        assert page.run_line("mailproof rollout run prod").returncode == 0
        assert page.is_right()
        project.aws.delegate_to(project.zone, old)
        project.zone_id = old
        page.write()
        refused = page.run(1)
        done = page.run_line(page.pasted(refused, "to allow all of this: "))
        assert done.returncode == 0, done.stderr
        page.run_line(page.pasted(page.run(), "told how long): "))
        page.write()
        page.run()
        page.run()
    assert page.stands_as(before)


def test_a_zone_goes_to_another_account(follow: Follow) -> None:
    """Its records are made there, beside the old ones, which are asked until the delegation changes; and back."""
    page = follow("Another account of a zone")
    project, other = page.project, page.zone_account
    page.stand()
    project.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
    project.aws.seed_zone(other, NEW, project.zone)
    before = page.standing()
    with page.watched():
        page.write()
        page.run(1)
        project.cli.bootstrap(other, HOME, trust=project.account)
        refused = page.run(1)
        done = page.run_line(page.pasted(refused, "to allow all of this: "))
        assert done.returncode == 0, done.stderr
        assert f"stays in hosted zone {project.zone_id} until you delete that" in done.stderr
        assert "prune" not in done.stderr
        assert set(project.stacks(HOME, other)) == {f"dns-{other}", f"dns-{other}-{HOME}"}
        page.run(1)
        new = replace(project, account=other, zone_id=NEW)
        new.change("CREATE", f"www.{project.zone}", "A", "192.0.2.7")
        project.aws.delegate_to(project.zone, NEW)
        page.write()
        page.run()
        assert page.is_right()
        project.aws.delegate_to(project.zone, project.zone_id)
        page.write()
        page.run()
        page.run()
        plan = page.run()
        assert "once no resolver asks this hosted zone any more" in plan.stderr
        assert f"with credentials of {other}, as --profile NAME of the AWS CLI gives: aws cloudformation" in plan.stderr
    assert page.is_right()
    assert page.standing().has_all_of(before)
