"""The rollout of environment files: what may be written, what is refused, and the waves that come of it."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError
from mailproof.model.placement import plan_stacks
from mailproof.model.rollout import Rollout, WaveOrder
from mailproof.model.waves import Wave, build_rollout, build_waves
from mailproof.rollout.plan_text import build_plan_json, build_plan_table
from tests.model.reading import GOOD, load_problems, problems, read, write

REGIONS = ["us-east-1", "eu-west-1", "eu-central-2", "ap-south-1"]
ZONES = "zones:\n  example.com: {id: Z1}\n  example.org: {id: Z2, account: '999988887777'}\n"


def file(domains: list[str], regions: list[str] = REGIONS[:3], rollout: str = "", account: str = "111122223333") -> str:
    """Write an environment file; each domain is a flow mapping, or a name alone."""
    lines = [f"  - {domain if domain[0] == '{' else {'name': domain}}\n" for domain in domains]
    head = f'account: "{account}"\nregions: [{", ".join(regions)}]\n{ZONES}'
    return f"{head}{f'rollout: {rollout}' if rollout else ''}\ndomains:\n{''.join(lines)}"


def waves_of(text: str) -> list[tuple[str, ...]]:
    """Return the stacks of each wave, without the environment's name."""
    return [tuple(path.removeprefix("prod/") for path in wave.stacks) for wave in build_waves(read(text))]


def test_a_file_without_the_key_has_the_defaults() -> None:
    """Canary, two stacks at once, no approval, half an hour."""
    assert Rollout() == read(GOOD).rollout


def test_every_value_is_read() -> None:
    """Each key of the part arrives."""
    text = (
        f"{GOOD}rollout: {{after: dev, approval: required, waves: all, concurrency: 4, "
        "gate: {timeout_minutes: 5, probe: true}}\n"
    )
    gate: dict[str, Any] = {"gate_timeout_minutes": 5, "gate_probes": True}
    expected = Rollout(after="dev", approval=True, waves=WaveOrder.ALL, concurrency=4, **gate)
    assert expected == read(text).rollout
    (wave,) = build_waves(read(text))
    assert wave.gate_probes


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        ("5", "rollout: is not a mapping, got 5; write its keys"),
        ("{aproval: none}", "rollout.aproval: is not a key here; did you mean 'approval'?"),
        ("{approval: always}", "rollout.approval: is not known here, got 'always'; use 'none' or 'required'"),
        ("{waves: canari}", "rollout.waves: is not known here, got 'canari'; did you mean 'canary'?"),
        ("{waves: []}", "rollout.waves: is empty, got []; list at least one"),
        ("{waves: [[us-east-1, eu-west-1], []]}", "rollout.waves[1]: is empty, got []; list at least one"),
        ("{waves: [us-east-1]}", "rollout.waves[0]: is not a list, got 'us-east-1'; write [item, item]"),
        (
            "{waves: [[us-east-1, eu-wset-1]]}",
            (
                "rollout.waves[0][1]: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
                "did you mean 'eu-west-1'?"
            ),
        ),
        (
            "{waves: [[us-east-1], [eu-west-1, ap-south-1]]}",
            (
                "rollout.waves[1][1]: is not a region of this environment, got 'ap-south-1'; "
                "choose from us-east-1, eu-west-1, or take it out"
            ),
        ),
        (
            "{waves: [[us-east-1], [eu-west-1, us-east-1]]}",
            "rollout.waves[1][1]: is in [0][0] already, got 'us-east-1'; keep one",
        ),
        (
            "{waves: [[us-east-1]]}",
            (
                "rollout.waves: leaves out a region that domains send from, got 'eu-west-1'; "
                "add it to a wave, or write canary"
            ),
        ),
        ("{concurrency: 0}", "rollout.concurrency: is below 1, got 0; write a higher number"),
        ("{concurrency: 9}", "rollout.concurrency: is over 8, got 9; write a lower number"),
        ("{gate: {timeout_minutes: 241}}", "rollout.gate.timeout_minutes: is over 240, got 241; write a lower number"),
        ("{after: 3}", "rollout.after: is not text, got 3; put it in quotes"),
    ],
)
def test_fails_on_a_wrong_value(rollout: str, expected: str) -> None:
    """Each is named with its line, its key and what to do, and nothing else is."""
    assert [f"environments/prod.yaml:7: {expected}"] == problems(f"{GOOD}rollout: {rollout}\n")


def test_fails_on_a_wave_from_which_nobody_sends() -> None:
    """A wave of regions that are listed but not used would deploy nothing."""
    text = file(["{name: example.com, regions: [us-east-1]}"], rollout="{waves: [[us-east-1], [eu-west-1]]}")
    expected = "rollout.waves[1]: holds no stack: no domain sends from there, got ['eu-west-1']; take the wave out"
    assert [f"environments/prod.yaml:6: {expected}"] == problems(text)


def test_a_wrong_rollout_hides_nothing_else() -> None:
    """A wrong domain of the same file is reported in the same go."""
    found = problems(f"{GOOD}  - name: nowhere.example.net\nrollout: {{waves: some}}\n")
    assert [problem.split(": ")[1] for problem in found] == ["domains[1].name", "rollout.waves"]


def test_fails_on_an_environment_that_is_not_there(tmp_path: Path) -> None:
    """The nearest name is offered."""
    write(tmp_path, staging=GOOD, prod=file(["example.org"], rollout="{after: stagin}"))
    expected = "prod.yaml:6: rollout.after: is not an environment, got 'stagin'; did you mean 'staging'?"
    assert [expected] == load_problems(tmp_path)


def test_fails_on_environments_that_go_round_in_a_circle(tmp_path: Path) -> None:
    """Each environment of the circle is named with it."""
    write(
        tmp_path,
        one=file(["a.example.com"], rollout="{after: two}"),
        two=file(["b.example.com"], rollout="{after: one}"),
        self=file(["c.example.com"], rollout="{after: self}"),
    )
    assert load_problems(tmp_path) == [
        (
            "one.yaml:6: rollout.after: forms a cycle (two after one), got 'two'; "
            "leave it out of the environment that goes first"
        ),
        (
            "self.yaml:6: rollout.after: forms a cycle (self), got 'self'; "
            "leave it out of the environment that goes first"
        ),
        (
            "two.yaml:6: rollout.after: forms a cycle (one after two), got 'one'; "
            "leave it out of the environment that goes first"
        ),
    ]


def _chain(folder: Path, **after: str | None) -> list[Environment]:
    files = {
        name: file([f"{name}.example.com"], ["us-east-1"], f"{{after: {before}}}" if before else "")
        for name, before in after.items()
    }
    return load_environments(write(folder, **files))


def test_environments_follow_the_one_that_they_name(tmp_path: Path) -> None:
    """Whatever their names sort like."""
    waves = build_rollout(_chain(tmp_path, a="b", b="c", c=None))
    assert [wave.environment for wave in waves] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            {"a": None, "b": None},
            (
                "b.yaml:1: rollout.after: is missing, as in environment 'a', so both would be the first; "
                "name the environment that goes before, in one of the two"
            ),
        ),
        (
            {"a": None, "b": "a", "c": "a"},
            (
                "c.yaml:6: rollout.after: is what environment 'b' follows too, got 'a'; "
                "let one of the two follow the other: 'b'"
            ),
        ),
    ],
    ids=["two first ones", "a fork"],
)
def test_fails_on_environments_that_form_no_chain(tmp_path: Path, after: dict[str, str | None], expected: str) -> None:
    """A rollout of all has one order or none; the files themselves can be used."""
    environments = _chain(tmp_path, **after)
    with pytest.raises(EnvironmentFileError) as caught:
        build_rollout(environments)
    assert expected == str(caught.value).replace(f"{tmp_path}/", "")


def test_the_home_region_is_the_canary() -> None:
    """Shared records go first, records of one region in another account's zone with their region."""
    text = file(["{name: example.com, dmarc: {policy: none}}", "example.org"])
    assert waves_of(text) == [
        ("dns", "ses-us-east-1", "dns-999988887777-us-east-1"),
        ("ses-eu-west-1", "ses-eu-central-2", "dns-999988887777-eu-west-1", "dns-999988887777-eu-central-2"),
    ]


def test_all_is_one_wave() -> None:
    """Every region at once."""
    assert waves_of(file(["example.com"], REGIONS[:2], "{waves: all}")) == [("ses-us-east-1", "ses-eu-west-1")]


def test_explicit_waves_are_kept() -> None:
    """In the order of the file; records that serve all regions are in the first all the same."""
    text = file(
        ["{name: example.com, dmarc: {policy: none}}"], rollout="{waves: [[eu-west-1], [eu-central-2, us-east-1]]}"
    )
    assert waves_of(text) == [("dns", "ses-eu-west-1"), ("ses-us-east-1", "ses-eu-central-2")]


def test_one_region_is_one_wave() -> None:
    """There is no empty second one."""
    assert waves_of(file(["example.com"], REGIONS[:1])) == [("ses-us-east-1",)]


def test_a_wave_says_what_it_runs() -> None:
    """Only the first asks for approval; the command names environment and wave."""
    first, second = build_waves(read(file(["example.com"], REGIONS[:2], "{approval: required, concurrency: 3}")))
    assert first == Wave("prod", 1, ("us-east-1",), ("prod/ses-us-east-1",), 3, approval=True, gate_timeout_s=1800)
    assert not second.approval
    assert second.command == ("mailproof", "rollout", "run", "prod", "--wave", "2")


def test_a_wave_says_what_comes_before_its_replicas() -> None:
    """CloudFormation cannot make them: both plans have the commands that do, before the wave that they are in."""
    waves = build_waves(read(file(["{name: example.com, dkim: {replica_of: us-east-1}}"], REGIONS[:2])))
    assert [wave.replicas for wave in waves] == [(), ("example.com in eu-west-1",)]
    commands = ["mailproof dkim replicate prod", "mailproof adopt --environment prod"]
    plan = json.loads(build_plan_json(waves, None))
    assert [[" ".join(command) for command in wave["first"]] for wave in plan["waves"]] == [[], commands]
    before, after = build_plan_table(waves).split("2. prod, wave 2")
    assert "replicate" not in before
    assert re.findall("mailproof .*", after) == [
        f"{commands[0]}   (unless they are there)",
        commands[1],
        "mailproof rollout run prod --wave 2",
    ]


def test_the_time_for_a_deployment_grows_with_its_rounds() -> None:
    """Five stacks, two at once, take three rounds; no deployment gets more than three hours."""

    def limit(stacks: int) -> int:
        paths = tuple(map(str, range(stacks)))
        return Wave("e", 1, (), paths, 2, approval=False, gate_timeout_s=60).deploy_limit_minutes

    assert [limit(5), limit(500)] == [60, 180]


names = st.sampled_from(["example.com", "a.example.com", "example.org", "b.example.org"])
region_lists = st.lists(st.sampled_from(REGIONS), min_size=1, unique=True)


@st.composite
def domain_lists(draw: st.DrawFn) -> list[str]:
    """Draw domains with and without regions, DMARC and shared MAIL FROM names."""
    domains = []
    for name in draw(st.lists(names, min_size=1, unique=True)):
        keys = [f"name: {name}"]
        if draw(st.booleans()):
            keys.append(f"regions: [{', '.join(draw(region_lists))}]")
        if draw(st.booleans()):
            keys.append("dmarc: {policy: none}")
        if draw(st.booleans()):
            keys.append("mail_from: bounce")
        domains.append(f"{{{', '.join(keys)}}}")
    return domains


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw environment files of every wave order."""
    regions, domains = draw(region_lists), draw(domain_lists())
    order = draw(st.sampled_from(["canary", "all", "explicit"]))
    if order == "explicit":
        used = list(draw(st.permutations(read(file(domains, regions)).all_regions())))
        cut = draw(st.integers(1, len(used)))
        order = str([part for part in (used[:cut], used[cut:]) if part]).replace("'", "")
    return file(domains, regions, f"{{waves: {order}}}")


@given(texts())
def test_every_stack_is_in_exactly_one_wave(text: str) -> None:
    """No stack is left out or deployed twice, no wave is empty, and every region is proved once."""
    environment = read(text)
    waves = build_waves(environment)
    assert sorted(plan.id.path for plan in plan_stacks(environment)) == sorted(
        path for wave in waves for path in wave.stacks
    )
    assert sorted(environment.all_regions()) == sorted(region for wave in waves for region in wave.regions)
    assert all(wave.stacks and wave.regions for wave in waves)
    assert list(range(1, len(waves) + 1)) == [wave.number for wave in waves]


@given(texts())
def test_no_stack_goes_before_one_that_it_needs(text: str) -> None:
    """What a stack is deployed after stands in an earlier wave, or before it in its own."""
    environment = read(text)
    order = [path for wave in build_waves(environment) for path in wave.stacks]
    for plan in plan_stacks(environment):
        for before in plan.after:
            assert order.index(before.path) < order.index(plan.id.path)


@given(domain_lists(), st.sampled_from(["canary", "all"]))
def test_another_region_moves_nothing(domains: list[str], order: str) -> None:
    """The region that is added stands in the last wave; every stack stays in its own."""
    before, after = (
        build_waves(
            read(file(["{name: c.example.com, regions: [us-east-1]}", *domains, *more], REGIONS, f"{{waves: {order}}}"))
        )
        for more in ([], ["{name: new.example.com, regions: [sa-east-1]}"])
    )
    assert _moved(before, after) == set()
    assert "sa-east-1" in after[-1].regions


@given(domain_lists(), domain_lists())
def test_another_domain_moves_nothing(domains: list[str], more: list[str]) -> None:
    """As long as the home region is in use, every stack stays in its wave, and keeps its place among the others."""
    home = "{name: home.example.com, regions: [us-east-1]}"
    added = [domain.replace("name: ", "name: new.") for domain in more]
    before, after = (build_waves(read(file([home, *all_of], REGIONS))) for all_of in (domains, [*domains, *added]))
    assert _moved(before, after) == set()
    for first, second in zip(before, after, strict=False):
        kept = [path for path in second.stacks if path in first.stacks]
        assert sorted(kept) == sorted(first.stacks)


def _moved(before: list[Wave], after: list[Wave]) -> set[str]:
    """Return the stacks that are not in the wave in which they were."""
    places = [{path: wave.number for wave in waves for path in wave.stacks} for waves in (before, after)]
    return {path for path, number in places[0].items() if places[1].get(path) != number}


@given(st.permutations(["a", "b", "c", "d"]))
def test_a_chain_has_one_order_however_the_files_are_named(names_in_order: list[str]) -> None:
    """Each environment follows the one that it names, whatever order the files are read in."""
    environments = [
        Environment(
            name, "1" * 12, (), "", retain=True, tags={}, zones={}, stacks=1, domains=(), rollout=Rollout(after)
        )
        for after, name in pairwise([None, *names_in_order])
        if name
    ]
    build_rollout(sorted(environments, key=lambda environment: environment.name))


@pytest.mark.parametrize("domains", ["domains: []\n", "domains:\n  - name: co.uk\n"])
def test_an_unknown_environment_is_said_beside_a_file_without_a_right_domain(tmp_path: Path, domains: str) -> None:
    """Nothing hangs on where a domain stands."""
    head = GOOD.partition("domains:")[0]
    write(tmp_path, prod=f"{head}rollout: {{after: stging}}\n{domains}", staging=file(["a.example.com"]))
    found = load_problems(tmp_path)
    assert len(found) == 2
    assert found[1] == "prod.yaml:5: rollout.after: is not an environment, got 'stging'; did you mean 'staging'?"
