"""The new record has to be live at every server of its zone: one that is behind or silent holds the exchange up."""

import pytest

from mailproof.model.txt import quote_txt
from tests.check.world_dns import WorldDns
from tests.own_keys.sender import Sender
from tests.zone_servers import Silent, zone_served, zone_text

MANY = 13
"""As many as registries take, and more than any provider has."""


def begun(sender: Sender) -> tuple[str, str]:
    """Begin an exchange, and return the name of the new record and its line in a zone."""
    sender.made()
    assert sender.dkim("rotate", "--begin", "--yes").exit_code == 0
    key = sender.keys[0]
    name = f"{key['selector']}._domainkey.{sender.domain}"
    return name, f"{name}. TXT {quote_txt('v=DKIM1; k=rsa; p=' + key['public_key'])}"


def test_one_server_behind_or_silent_holds_the_exchange(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named with what it answers, though the resolver and the others have the record."""
    name, record = begun(sender)
    right, behind = (WorldDns({sender.domain: zone_text(3, *more)}) for more in ((record,), ()))
    before = sender.keys
    for third, exit_code, seen in (
        (behind, 1, f"not yet: TXT {name} at ns3.{sender.domain}: absent"),
        (Silent(), 3, f"could not ask: TXT {name} at ns3.{sender.domain}: no answer (for the zone {sender.domain})"),
        (WorldDns({}, {f"*.{sender.domain} *": "refused"}), 3, f"could not ask: TXT {name} at ns3.{sender.domain}"),
    ):
        with monkeypatch.context() as patched, zone_served(patched, right, right, right, third):
            held = sender.dkim("rotate", "--yes", "--dns-timeout", "0.3")
        assert (held.exit_code, sender.keys) == (exit_code, before), held.output
        assert seen in held.output
        assert held.output.count(f"proved: TXT {name} at") == 3
    with monkeypatch.context() as patched, zone_served(patched, behind, right, right, right):
        held = sender.dkim("rotate", "--yes")
    assert f"not yet: TXT {name} at the resolver: absent" in held.output
    with monkeypatch.context() as patched, zone_served(patched, right, right, right, right):
        taken = sender.dkim("rotate", "--yes")
    assert taken.exit_code == 0, taken.output
    assert [taken.output.count(f"at ns{number}.{sender.domain}: as in the file") for number in (1, 2, 3)] == [1, 1, 1]


def test_many_servers_are_no_fault(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are asked."""
    name, record = begun(sender)
    right = WorldDns({sender.domain: zone_text(MANY, record)})
    with zone_served(monkeypatch, right, *[right] * MANY):
        taken = sender.dkim("rotate", "--yes")
    assert taken.exit_code == 0, taken.output
    assert taken.output.count(f"proved: TXT {name} at ns") == MANY


def test_a_named_resolver_is_said_to_be_all_that_was_asked(sender: Sender) -> None:
    """It proves less."""
    begun(sender)
    sender.deploy()
    taken = sender.dkim("rotate", "--yes")
    assert f"of DNS, {sender.world.aws.dns} alone was asked (--resolver), not every server of" in taken.output
