"""Records of domains that were parked: they go once no file parks them, and what another has made does not."""

import pytest

from tests.adopt.world import AdoptWorld
from tests.prune.test_left_stacks import prune

NULL_RECORDS = {("MX", ""), ("TXT", ""), ("TXT", "*._domainkey.")}


@pytest.mark.parametrize("record_sets", ["individual", "grouped"])
def test_what_a_parked_domain_has_goes_once_it_is_to_send(world: AdoptWorld, record_sets: str) -> None:
    """Its DMARC record stays, which protects it; a value that somebody has changed stays, too."""
    old, kept = (f"{name}.{world.zone}" for name in ("old", "kept"))
    world.write({"name": world.zone}, parked=[old, kept], record_sets=record_sets)
    world.deploy_stack("prod/dns")
    assert world.orphans().found == []
    world.write({"name": world.zone, "dmarc": {"policy": "none"}}, parked=[kept], record_sets=record_sets)
    world.deploy_stack("prod/dns")
    world.put_record(old, "TXT", '"v=spf1 include:other.example -all"')
    [found] = world.orphans().found
    assert (found.words, found.proof) == (f"parked domain {old!r}", "retained by stack mailproof-prod-dns")
    assert {(left.record.type, left.record.name.removesuffix(old)) for left in found.records} == NULL_RECORDS - {
        ("TXT", "")
    }
    prune(world)
    there = {
        (kind, name.rstrip(".").removesuffix(old)) for name, kind in world.records() if name.rstrip(".").endswith(old)
    }
    assert there == {("TXT", "_dmarc."), ("TXT", "")}
    assert world.orphans().found == []


def test_records_that_a_person_has_to_judge_are_named(world: AdoptWorld) -> None:
    """What a domain had for the mail that it receives, once its file asks for it no more; gone, it is named no more."""
    receiving = {"tls_reports": ["tls@example.net"], "bimi": {"logo": "https://example.net/l.svg"}}
    policy = {"mta_sts": {"mode": "testing", "mx": ["mx.example.net"], "serve": True}}
    world.write({"name": world.zone, **receiving, **policy})
    world.deploy_stack("prod/dns")
    assert world.orphans().left == []
    world.write({"name": world.zone, "dmarc": {"policy": "none"}})
    world.deploy_stack("prod/dns")
    names = ("CNAME mta-sts", "TXT _mta-sts", "TXT _smtp._tls", "TXT default._bimi")
    what = "stays: stack mailproof-prod-dns has retained it, and no file asks for it"
    for left in (names, names[1:]):
        expected = [f"{kind} record '{name}.{world.zone}' {what}" for kind, name in map(str.split, left)]
        assert sorted(note.partition(";")[0] for note in world.orphans().left if "record" in note) == expected
        host = f"mta-sts.{world.zone}"
        if left is names:
            (target,) = world.values(host, "CNAME")
            world.put_record(host, "CNAME", target, "DELETE")
