"""Records that stacks have retained: those of every kind are named as long as they are there, and none is forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mailproof.commands.prune import prune
from mailproof.model import record_kind
from mailproof.model.dns_record import DnsRecord, Owner, RecordType
from mailproof.model.record_kind import KINDS, RecordKind, RecordSource
from tests.adopt.world import AdoptWorld

APP = typer.Typer()
APP.command()(prune)


def run(world: AdoptWorld, *args: str) -> str:
    """Run the command; return all that it says, on one line."""
    result = CliRunner().invoke(APP, ["--environments", str(world.folder), *args])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def leave(world: AdoptWorld, gone: dict[str, Any], **keys: Any) -> None:
    """Deploy a domain beside another one, and take it out of the file and the stacks."""
    stays = {"name": world.zone, "dmarc": {"policy": "none"}}
    for domains in ([stays, gone], [stays]):
        world.write(*domains, **keys)
        for stack in world.stacks():
            world.deploy_stack(stack)


def add_kind(monkeypatch: pytest.MonkeyPatch, kind_id: str, owner: Owner) -> None:
    """Add a kind of record, which domains have that ask for reports on TLS."""

    def build(source: RecordSource) -> Iterator[DnsRecord]:
        yield source.record(f"_throw.{source.serves or '_away'}.{source.domain.name}", RecordType.TXT, "v=1")

    kind = RecordKind(kind_id, "Throw-away", lambda domain: (owner,) if domain.tls_reports else (), build)
    monkeypatch.setattr(record_kind, "KINDS", (*KINDS, kind))


@pytest.mark.parametrize("kind_id", ["throw-away", "null-mx-extra", "dmarc-extra"])
def test_a_kind_is_known_by_its_whole_id(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, kind_id: str) -> None:
    """However it begins: its record is named, and its domain not taken for a parked one."""
    add_kind(monkeypatch, kind_id, Owner.DOMAIN)
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "tls_reports": ["tls@example.net"]})
    said = run(world, "--remove", "--yes")
    assert "parked domain" not in said
    assert f"TXT record '_throw._away.{gone}' stays: stack mailproof-prod-dns has retained it" in said
