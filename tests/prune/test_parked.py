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
