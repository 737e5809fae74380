"""What is live is noted after everything that may change it: a poll that misses nothing."""

from tests.e2e.watch import find_harm
from tests.localaws.world import World, dkim_members, email_identity, record_group


def test_every_state_is_seen_however_short(world: World) -> None:
    """Of the API and of a stack: what was gone or another and came back is in the log, and what SES said of it."""
    resources = {
        "Identity": email_identity(world.zone),
        "Records": record_group(world.zone_id, *dkim_members("Identity")),
    }
    assert world.deploy(resources) == "CREATE_COMPLETE"
    world.change("CREATE", f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=none"')

    world.aws.start_watch(world.zone)
    world.change("UPSERT", f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=reject"')
    world.change("UPSERT", f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=none"')
    assert world.deploy({"Identity": resources["Identity"]}) == "UPDATE_COMPLETE"
    assert world.deploy(resources) == "UPDATE_COMPLETE"
    log = world.aws.stop_watch(world.zone)

    identity = f"{world.account} us-east-1 {world.zone}"
    seen = [state["live"]["identities"][identity]["DkimAttributes"]["Status"] for state in log]
    assert seen == [*["SUCCESS"] * 3, "TEMPORARY_FAILURE", "SUCCESS"]
    assert [state["after"] for state in log[:3]] == ["the start", *["route53 ChangeResourceRecordSets"] * 2]
    assert log[3]["after"].startswith("delete AWS::Route53::RecordSetGroup")
    harm = "\n".join(find_harm(log))
    assert harm.count("_domainkey") == 3
    assert f"_dmarc.{world.zone} TXT is ['\"v=DMARC1; p=reject\"'] after route53 ChangeResourceRecordSets" in harm
    assert f"DKIM of {identity} is worse after delete AWS::Route53::RecordSetGroup" in harm


def test_nothing_that_changes_for_good_is_harm(world: World) -> None:
    """A record of another value, a new identity, one that leaves."""
    assert world.deploy({"Identity": email_identity(world.zone)}) == "CREATE_COMPLETE"
    world.change("CREATE", f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=none"')
    world.aws.start_watch(world.zone)
    world.change("UPSERT", f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=reject"')
    world.publish_dkim()
    assert world.deploy({"Another": email_identity(f"new.{world.zone}")}) == "UPDATE_COMPLETE"
    log = world.aws.stop_watch(world.zone)
    assert len(log) > 3
    assert list(find_harm(log)) == []
