"""Changes over the years, as docs/day-two.md has them: what is live is watched throughout, and never gone."""

import shlex

from mailproof.live.aws.stacks import read_template
from tests.e2e.project import Project, succeed
from tests.e2e.rolling import HOME, OTHER, REGIONS, Rollout, end, kill_group, read_until
from tests.e2e.warm import ROOT, Run
from tests.e2e.watch import never_wrong

PAGE = (ROOT / "docs/day-two.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return a section of the page."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def own_lines(run: Run, project: Project) -> str:
    """Return what a command said without what concerns stacks of other tests, which share the account."""
    lines = (run.stdout + run.stderr).splitlines()
    own = (line for line in lines if project.zone in line or "no file here is of" not in line)
    return " ".join(" ".join(own).split())  # a report is folded


def test_growth_past_one_stack(project: Project) -> None:
    """New domains get a stack of their own, and no other one moves; more stacks for all are refused beforehand."""
    assert "`mailproof rollout run prod`" in section("Growth past one stack")
    rollout = Rollout(project)
    rollout.domains = [f"c{number}.{project.zone}" for number in range(3)]
    rollout.write()
    project.stand()
    before, records = rollout.standing(), project.expected()

    rollout.keys = {"stacks": 2}
    rollout.domains.append(f"c3.{project.zone}")
    rollout.write()
    refused = rollout.run()
    assert refused.returncode == 1
    assert "nothing was deployed" in refused.stderr
    assert rollout.standing() == before

    rollout.keys = {}
    own = {"name": project.zone, "dmarc": {"policy": "none"}}
    old = ({"name": name} for name in rollout.domains[:3])
    new = {"name": rollout.domains[3], "stack": "second"}
    rollout.rewrite(own, *old, new)
    with never_wrong(project, records):
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert set(project.stacks(HOME)) == {"dns", f"ses-{HOME}", f"ses-{HOME}-second"}


def test_a_domain_gets_another_stack(project: Project) -> None:
    """The guard names the command; killed half-way it goes on, and the rollout after it leaves the domain as it is."""
    text = section("A domain gets another stack")
    rollout = Rollout(project, {"record_sets": "individual"})
    own, other = ({"name": name, "dmarc": {"policy": "none"}} for name in (project.zone, f"other.{project.zone}"))
    rollout.rewrite(own, other)
    assert rollout.run().returncode == 0
    before, records = rollout.standing(), project.expected()

    rollout.rewrite({**own, "stack": "brand"}, other)
    move = ("move", project.name, "--yes", "--assembly", str(rollout.assembly))
    with never_wrong(project, records):
        refused = rollout.run()
        assert refused.returncode == 1
        command = f"`mailproof move {project.name} --environments {project.folder}` takes it there without a gap"
        assert refused.stderr.count(command) >= 6
        assert "takes it there without a gap" in text
        killed = rollout.start_mailproof(*move)
        read_until(killed, "CloudFormation is at work")
        kill_group(killed)
        end(killed)
        done = project.mailproof(*move)
        assert done.returncode == 0, done.stderr
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert set(project.stacks(HOME)) == {"dns", "dns-brand", f"ses-{HOME}", f"ses-{HOME}-brand"}
    assert project.is_current()


def test_groups_become_single_record_sets(project: Project) -> None:
    """Released and imported in one stack, by the page's commands."""
    assert "`mailproof move prod`, then `mailproof rollout run prod`" in section("Groups become single record sets")
    rollout = Rollout(project, {"record_sets": "grouped"})
    project.stand()
    before, records = rollout.standing(), project.expected()
    rollout.keys = {"record_sets": "individual"}
    rollout.write()
    with never_wrong(project, records):
        done = project.mailproof("move", project.name, "--yes", "--assembly", str(rollout.assembly))
        assert done.returncode == 0, done.stderr
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert project.is_current()


def test_a_region_is_added(project: Project) -> None:
    """What it lacks is said before anything is deployed, as a command that is run as it stands."""
    region = "ap-south-1"
    assert (
        f"is not bootstrapped; run, with credentials of that account: cdk bootstrap aws://111122223333/{region}\n"
        in (section("A region or an account is added"))
    )
    rollout = Rollout(project)
    project.stand()
    before, records = rollout.standing(), project.expected()

    rollout.keys = {"regions": [HOME, region]}
    rollout.write()
    with never_wrong(project, records):
        refused = rollout.run()
        assert refused.returncode == 1
        assert rollout.standing() == before
        command = refused.stderr.partition("credentials of that account: ")[2].splitlines()[0]
        assert command == f"cdk bootstrap aws://{project.account}/{region}"
        succeed(project.cli.run(project.account, *command.split()[1:]))
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert set(project.stacks(region)) == {f"ses-{region}"}


def test_another_order_of_the_regions(project: Project) -> None:
    """What serves all regions stays where it lives: one line says so, and nothing tells anybody to delete it."""
    text = section("Another order of the regions")
    rollout = Rollout(project, {"regions": REGIONS})
    project.stand()
    before, records = rollout.standing(), project.expected()

    rollout.keys = {"regions": [OTHER, HOME]}
    rollout.write()
    with never_wrong(project, records):
        plan, refused = project.mailproof("rollout", "plan"), rollout.run()
        preflight = project.mailproof("preflight", "--environment", project.name, "--resolver", project.aws.dns)
    said = f"write `dns_region: {HOME}` in {project.folder}/{project.name}.yaml"
    assert (plan.returncode, refused.returncode, preflight.returncode) == (0, 1, 1)
    for run in (plan, refused, preflight):
        words = own_lines(run, project)
        assert words.count(said.removeprefix("w")) == 1, words
        assert "delete" not in words.lower()
    assert "dns_region: us-east-1" in text
    assert rollout.standing() == before

    rollout.keys["dns_region"] = HOME
    rollout.write()
    with never_wrong(project, records):
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert "stays behind" not in project.mailproof("rollout", "plan").stderr


def test_the_home_region_leaves_the_file(project: Project) -> None:
    """Its DNS stack still serves the others: that is said, and the stack of its identities is all that goes."""
    rollout = Rollout(project, {"regions": REGIONS})
    project.stand()
    before = rollout.standing()
    rollout.keys = {"regions": [OTHER]}
    rollout.write()
    refused = rollout.run()
    assert refused.returncode == 1
    assert f"write `dns_region: {HOME}`" in refused.stderr
    assert rollout.standing() == before


def test_the_file_gets_another_name(project: Project) -> None:
    """A renaming is told from new domains, before anything happens; `deployed_as` keeps what is deployed."""
    text = section("The file gets another name")
    rollout = Rollout(project)
    project.stand()
    old, records, before = project.name, project.expected(), rollout.standing()

    (project.folder / f"{old}.yaml").unlink()
    project.name = f"{old}-new"
    rollout.write()
    with never_wrong(project, records):
        plan, refused = project.mailproof("rollout", "plan"), rollout.run()
        preflight = project.mailproof("preflight", "--resolver", project.aws.dns)
    assert (plan.returncode, refused.returncode, preflight.returncode) == (0, 1, 1)
    what = f"'{old}' is deployed, has no file, and its domains are now in '{old}-new'"
    said = f"{what}: if the file was renamed, write `deployed_as: {old}` in {project.folder}/{old}-new.yaml"
    for run in (plan, refused, preflight):
        assert own_lines(run, project).count(said) == 1, own_lines(run, project)
    assert "deployed_as: prod" in text

    rollout.keys = {"deployed_as": old}
    rollout.write()
    with never_wrong(project, records):
        done = rollout.run()
    assert done.returncode == 0, done.stderr
    project.name = old  # as its stacks are called
    assert rollout.standing() == before


def pasted(project: Project, run: Run, words: str, *options: str) -> Run:
    """Run the command that a command told behind some words, as somebody does who pastes it."""
    [line] = [line for line in run.stderr.splitlines() if words in line]
    program, *arguments = shlex.split(line.partition(words)[2])
    assert program == "mailproof"
    return project.mailproof(*arguments, *options)


def test_a_domain_leaves(project: Project) -> None:
    """Two commands, each told by the one before; of the other domains nothing is gone or other, from first to last."""
    text = section("A domain or a region leaves")
    rollout = Rollout(project, {"regions": REGIONS})
    gone, kept = f"gone.{project.zone}", f"sub.gone.{project.zone}"
    rollout.domains = [gone, kept]
    rollout.write()
    project.stand()
    everything = rollout.standing()
    rollout.domains = [kept]
    rollout.write()
    others = project.expected()
    with never_wrong(project, others):
        refused = rollout.run()
        done = pasted(project, refused, "to let all of this pass: ")
        assert rollout.standing().has_all_of(everything)  # retained
        removed = pasted(project, done, "; next: ", "--yes")
    assert (refused.returncode, done.returncode, removed.returncode) == (1, 0, 0), removed.stderr
    assert f" --allow {gone}" in refused.stderr
    assert "stays behind, in no stack: identity" in done.stderr
    assert "mailproof rollout run prod --allow old.example.com" in text
    assert "mailproof prune --environment prod --remove" in text
    assert {name for region in REGIONS for name in project.identities(region)} == {project.zone, kept}
    left = rollout.standing()
    assert everything.has_all_of(left)
    names = {name for name, _ in left.records}
    assert not {name for name in names if name.endswith(f".{gone}.") and not name.endswith(f"{kept}.")}
    assert "nothing is left behind" in succeed(project.mailproof("prune", "--environment", project.name))


def test_a_region_leaves(project: Project) -> None:
    """Its stack goes with what it holds; the other region is as it was all the while."""
    rollout = Rollout(project, {"regions": REGIONS})
    project.stand()
    before = rollout.standing()
    rollout.keys = {"regions": [HOME]}
    rollout.write()
    others = project.expected()
    with never_wrong(project, others):
        done = rollout.run()
        assert done.returncode == 0, done.stderr
        assert f"stays behind: {project.name}: stack mailproof-{project.name}-ses-{OTHER}" in done.stderr
        removed = pasted(project, done, "; next: ", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert (project.stacks(OTHER), project.identities(OTHER), project.identities()) == ({}, set(), {project.zone})
    after = rollout.standing()
    assert before.has_all_of(after)
    assert not any(OTHER in name for name, _ in after.records)
    assert len(before.records) - len(after.records) == 5


def test_the_mail_from_name_of_a_live_domain(project: Project) -> None:
    """Records first, then the switch: DNS and SES have all that mail needs throughout, though it would be refused."""
    text = section("Another MAIL FROM name")
    rollout = Rollout(project)
    refusing = {"on_mx_failure": "reject_message"}
    own = {"name": project.zone, "dmarc": {"policy": "none"}}
    rollout.rewrite(own | {"mail_from": {"name": "bounce", **refusing}})
    project.stand()
    records = project.expected()

    rollout.rewrite(own | {"mail_from": {"name": "mail.{region}", **refusing}})
    with never_wrong(project, records):
        refused = rollout.run()
        assert refused.returncode == 1
        assert "would take a MAIL FROM name whose MX and SPF no stack has deployed yet" in refused.stderr
        assert "SES refuses its mail until it has found them" in refused.stderr
        assert f"{{name: 'bounce.{project.zone}', also: ['mail.{{region}}.{project.zone}']}}" in refused.stderr

        assert "mail_from: {name: bounce, also: ['mail.{region}']}" in text
        rollout.rewrite(own | {"mail_from": {"name": "bounce", "also": ["mail.{region}"], **refusing}})
        rollout.converge()
        assert "mail_from: {name: 'mail.{region}', also: [bounce]}" in text
        rollout.rewrite(own | {"mail_from": {"name": "mail.{region}", "also": ["bounce"], **refusing}})
        rollout.converge()
    assert project.identity()["MailFromAttributes"]["MailFromDomain"] == f"mail.{HOME}.{project.zone}"


def test_an_identity_that_was_deleted_by_hand(project: Project) -> None:
    """The rollout stops at once; one command brings it back, verified, and nothing else is touched meanwhile."""
    assert "`mailproof repair prod`" in section("Hand-made changes")
    rollout = Rollout(project, {"regions": REGIONS})
    project.stand()
    gone = {(name, "CNAME") for name, _ in project.tokens()[project.zone, HOME]}
    others = [record for record in project.expected() if (str(record.name), str(record.type)) not in gone]
    elsewhere, templates = project.identity(region=OTHER)["DkimAttributes"], _templates(project)

    project.client("sesv2", HOME).delete_email_identity(EmailIdentity=project.zone)
    with never_wrong(project, others):
        refused = rollout.run()
        repaired = project.mailproof("repair", project.name, "--yes")
    assert refused.returncode == 1
    assert f"identity {project.zone!r} in {HOME}: stack mailproof-{project.name}-ses-{HOME} in {HOME}" in refused.stderr
    assert f"mailproof repair {project.name} --environments {project.folder}" in refused.stderr
    assert "cdk" not in refused.stderr, "it stops before anything is started"
    assert repaired.returncode == 0, repaired.stderr
    assert rollout.is_right()
    assert project.identity(region=OTHER)["DkimAttributes"] == elsewhere
    assert _templates(project) == templates
    assert project.mailproof("repair", project.name).stdout == f"{project.name}: all is as the stacks hold it\n"


def test_records_that_were_changed_by_hand(project: Project) -> None:
    """Preflight names each, with the command that puts back exactly these."""
    rollout = Rollout(project)
    project.stand()
    before = rollout.standing()
    dmarc, mx = f"_dmarc.{project.zone}", f"bounce.{HOME}.{project.zone}"
    kept = [record for record in project.expected() if str(record.name) not in {dmarc, mx}]
    project.change("UPSERT", dmarc, "TXT", '"v=DMARC1; p=reject"')
    _delete_record(project, mx, "MX")
    with never_wrong(project, kept):
        preflight = project.mailproof("preflight", "--environment", project.name, "--resolver", project.aws.dns)
        repaired = project.mailproof("repair", project.name, "--yes")
    assert preflight.returncode == 1
    for rule in ("preflight-record-changed", "preflight-record-gone"):
        assert preflight.stdout.count(rule) == 1, preflight.stdout
    assert repaired.returncode == 0, repaired.stderr
    assert rollout.standing() == before
    assert rollout.is_right()


def _delete_record(project: Project, name: str, kind: str) -> None:
    route53 = project.client("route53")
    listed = route53.list_resource_record_sets(HostedZoneId=project.zone_id)["ResourceRecordSets"]
    [record] = [found for found in listed if (found["Name"], found["Type"]) == (f"{name}.", kind)]
    batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=project.zone_id, ChangeBatch=batch)


def _templates(project: Project) -> dict[str, object]:
    """Return the templates in force."""
    return {
        stack.path: read_template(project.client("cloudformation", stack.region), stack.name)
        for stack in project.synthesised()
    }


def test_what_replaces_nothing_is_said(project: Project) -> None:
    """Another key length, other tags and another behaviour without an MX change identities where they are."""
    assert "`mailproof rollout run prod`" in section("Another key length, other tags, another `on_mx_failure`")
    rollout = Rollout(project)
    project.stand()
    before, records = rollout.standing(), project.expected()
    mail_from = {"name": "bounce.{region}", "on_mx_failure": "reject_message"}
    rollout.keys = {"tags": {"team": "mail"}, "defaults": {"dkim": {"key_length": 1024}, "mail_from": mail_from}}
    rollout.write()
    with never_wrong(project, records):
        done = rollout.converge()
    for words in ("keys of 1024 bits, which are weaker", "its mail will be refused as long as", "in place, team;"):
        assert done.stderr.count(words) == 1
    after = rollout.standing()
    assert after.records == before.records
    [identity] = after.identities.values()
    assert identity["MailFromAttributes"]["BehaviorOnMxFailure"] == "REJECT_MESSAGE"
