"""A deployed domain in two regions, and an inbox on the emulator."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.e2e.warm import ROOT
from tests.localaws.conftest import local_aws, world
from tests.localaws.world import World
from tests.own_keys.sender import REGIONS, Sender

__all__ = ["local_aws", "world"]

MAILAUTH = ROOT / "node_modules/mailauth"


@dataclass
class Probed:
    """A domain that sends, and the inbox."""

    sender: Sender
    maildir: Path
    address: str

    @property
    def world(self) -> World:
        """Its account."""
        return self.sender.world

    def ses(self, region: str) -> Any:
        """Return a client of SES v2."""
        return self.world.client("sesv2", region)

    def probe(self, *options: str) -> Result:
        """Send to the inbox, and look there."""
        place = ("--to", self.address, "--maildir", str(self.maildir), "--timeout", "0", "--yes")
        return self.sender.run("probe", *place, *options)


@pytest.fixture
def probed(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Probed:
    """Deploy the domain, with a MAIL FROM name in each region."""
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILPROOF_RESOLVER", world.aws.dns)
    sender = Sender(world, tmp_path / "environments")
    sender.folder.mkdir()
    (sender.folder / "prod.yaml").write_text(
        f'account: "{world.account}"\nregions: [{", ".join(REGIONS)}]\n'
        f"zones: {{{world.zone}: {{id: {world.zone_id}}}}}\n"
        f"domains: [{{name: {world.zone}, dmarc: {{policy: reject}}}}]\n"
    )
    sender.deploy()
    inbox = f"inbox-of-{world.zone}"
    world.aws.open_inbox(inbox, tmp_path / "mail", MAILAUTH)
    # What is sent has arrived before it is looked for.
    monkeypatch.setattr("mailproof.probe.run.Run._await", delivered_first(world))
    return Probed(sender, tmp_path / "mail", f"me@{inbox}")


def delivered_first(world: World) -> Callable[..., Any]:
    """Return how a run waits, after the emulator has delivered everything."""
    from mailproof.probe.run import Run  # noqa: PLC0415 -- before it is replaced

    wait = Run._await  # noqa: SLF001 -- there is no other place between sending and waiting

    def await_delivery(*arguments: Any) -> Any:
        world.aws.sent()
        return wait(*arguments)

    return await_delivery
