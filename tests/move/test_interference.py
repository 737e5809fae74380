"""A move that is killed, crossed by another or refused at each of its calls: all stays live, and it goes on."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest

from tests.move.interference import (
    Interference,
    Killed,
    cut_off,
    deny,
    half_answer,
    interfere,
    kill,
    throttle,
)
from tests.move.moving import Moving

LEAST_CALLS = 8  # lift the policy, release, protect again, import, delete the stack that is left


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Interference:
    """What comes between."""
    return interfere(monkeypatch)


def _to_and_fro(moving: Moving) -> Iterator[int]:
    """Deploy a domain, and put it into a stack of its own, and back, again and again; yield how often."""
    domain = {"name": moving.world.zone, "mail_from": "none"}
    layouts = []
    for layout in (domain, {**domain, "stack": "brand"}):
        moving.write(layout)
        layouts.append(((moving.world.folder / "prod.yaml").read_text(), moving.assembly))
    number = count(0)
    text, moving.assembly = layouts[0]
    (moving.world.folder / "prod.yaml").write_text(text)
    moving.deploy()
    for time in number:
        text, moving.assembly = layouts[(time + 1) % 2]
        (moving.world.folder / "prod.yaml").write_text(text)
        yield time + 1
        moving.protect()


def test_killed_at_any_call_it_goes_on(moving: Moving, between: Interference) -> None:
    """Nothing is gone meanwhile, and the same command ends what was begun."""
    calls = 0
    for at in _to_and_fro(moving):
        between.begin(at, before=_dead_after(at, between), after=kill)
        with moving.watched():
            with suppress(Killed):
                moving.run("--yes")
            if not between.end():
                break
            moving.move()
        calls = at
    assert calls >= LEAST_CALLS


def _dead_after(at: int, between: Interference) -> Callable[[str], None]:
    """Kill whoever calls once more after the call at which the process died: its clean-up does not run."""

    def die(_: str) -> None:
        if between.count > at:
            raise Killed

    return die


def test_two_at_once_do_no_harm(moving: Moving, between: Interference) -> None:
    """One runs to its end at any call of the other, which then stops or finds it done."""
    calls = 0
    for at in _to_and_fro(moving):
        codes: list[int] = []

        def run_other(_: str, codes: list[int] = codes) -> None:
            at, between.at = between.at, 0
            if not codes:
                codes.append(moving.run("--yes").exit_code)
            between.at = at

        between.begin(at, before=run_other)
        with moving.watched():
            first = moving.run("--yes")
            if not between.end():
                break
            assert codes == [0]
            assert first.exit_code in {0, 1, 3}, first.output
            moving.move()
        calls = at
    assert calls >= LEAST_CALLS


def test_refused_at_any_call_it_ends_with_exit_code_3(moving: Moving, between: Interference) -> None:
    """Denied, throttled, without a connection, or answered by half, from that call on: nothing is half."""
    calls = 0
    ways: list[dict[str, Callable[[str], None]]] = [
        {"before": deny},
        {"before": throttle},
        {"before": cut_off},
        {"after": half_answer},
    ]
    for at in _to_and_fro(moving):
        between.begin(at, **ways[at % len(ways)])
        with moving.watched():
            refused = moving.run("--yes")
            if not between.end():
                break
            assert refused.exit_code == 3, refused.output
            assert "run the same command again: mailproof" in refused.stderr
            moving.move()
        calls = at
    assert calls >= LEAST_CALLS


def test_what_is_other_than_before_stops_it(moving: Moving, between: Interference) -> None:
    """Somebody changes a record between two steps: that is told, and the next step is not begun."""
    domain = {"name": moving.world.zone, "mail_from": "bounce"}
    moving.write(domain)
    moving.deploy()
    moving.write({**domain, "stack": "brand"})

    def change(_: str) -> None:
        between.at = 0
        moving.world.put_record(f"bounce.{moving.world.zone}", "TXT", '"v=spf1 -all"')

    between.begin(3, before=change)
    stopped = moving.run("--yes")
    assert stopped.exit_code == 1, stopped.output
    words = f"TXT record 'bounce.{moving.world.zone}': is \"v=spf1 -all\" now, which is not what it was"
    assert words in stopped.stderr
    assert "not started: import 2 into prod/dns-brand" in stopped.stderr
    again = moving.run("--yes")
    assert again.exit_code == 0, again.output
    assert 'value: is "v=spf1 -all", wanted' in again.stdout
