"""What the README shows of `make local` is what it prints."""

import re
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from rich.console import Console

from mailproof.check.selection import Selection
from mailproof.environments import load_environments
from mailproof.localaws import trial
from mailproof.localaws.process.client import LocalAws
from mailproof.probe.plan import plan_probes

ROOT = Path(__file__).parents[2]


def test_the_readme_shows_what_make_local_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its steps in their order, a row for each domain, and one for each message."""
    environments = load_environments(ROOT / "environments")
    run = create_autospec(trial.Trial, environments=environments, aws=None)
    run.aws = create_autospec(LocalAws, endpoint="http://127.0.0.1:4566", dns="127.0.0.1:4553")
    console = Console(width=1000, force_terminal=False)
    monkeypatch.setattr(trial, "console", console)
    with console.capture() as printed:
        trial.run_trial(run)
    *steps, by_mail = [line for line in _steady(printed.get()) if not line.endswith(" …")]
    regions: dict[str, list[str]] = {}
    for environment in environments:
        for domain, region in environment.identities():
            regions.setdefault(f"{environment.name}: {domain.name}", []).append(region)

    shown = _steady((ROOT / "README.md").read_text(encoding="utf-8").partition("```\nEmbedded")[2].partition("```")[0])
    assert [f"Embedded{shown[0]}", *shown[1 : len(steps)]] == steps
    rows = [re.split("  +", line) for line in shown if line.endswith("  verified")]
    assert [row[:2] for row in rows] == [[name, ", ".join(found)] for name, found in regions.items()]
    sent = shown[shown.index(by_mail) + 1 :]
    messages = [f"{each.environment.name}: {each.domain.name}" for each in plan_probes(environments, Selection())]
    rows = [re.split("  +", line) for line in sent if line.endswith(" dmarc=pass")]
    assert [row[0].replace("tester@", "") for row in rows] == messages
    assert all(row[2:4] == ["right", "right"] for row in rows)
    assert any(line.startswith(f"{sum(map(len, regions.values()))} identities and ") for line in shown)


def _steady(text: str) -> list[str]:
    """Return the lines of a text without the times in them."""
    return re.sub(r"done in [0-9.]+ s", "done", text).splitlines()
