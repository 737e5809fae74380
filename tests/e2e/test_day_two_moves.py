"""docs/day-two.md, the changes that put what is live into another stack: followed to the letter, and watched."""

import re

from mailproof.template.losses import Fate
from tests.e2e.conftest import Follow
from tests.e2e.following import Recipe
from tests.e2e.rolling import HOME, OTHER, REGIONS, end, kill_group, read_until, start
from tests.e2e.warm import Run


def test_another_order_of_the_regions(follow: Follow) -> None:
    """What serves all regions stays where it lives; or it is moved."""
    page = follow("Another order of the regions")
    page.stand(regions=REGIONS)
    before = page.standing()
    with page.watched():
        page.write()
        page.run(1)
        plan = page.run_line("mailproof rollout plan")
        preflight = page.run_line("mailproof preflight --environment prod")
        assert (plan.returncode, preflight.returncode) == (0, 1)
        for run in (plan, preflight):
            said = " ".join((run.stdout + run.stderr).split())
            assert said.count(f"rite `dns_region: {HOME}` in environments/prod.yaml") == 1
            assert "delete" not in said.lower()
        page.write()
        page.run()
        assert page.standing() == before
        page.files["prod"]["regions"] = REGIONS
        page.save()
        assert page.run_line("mailproof rollout run prod").returncode == 0
        assert page.standing() == before
        page.files["prod"]["regions"] = [OTHER, HOME]
        del page.files["prod"]["dns_region"]
        page.save()
        page.run()
        page.run()
    assert page.standing().has_all_of(before)
    assert set(page.project.stacks(HOME)) == {f"ses-{HOME}"}
    assert set(page.project.stacks(OTHER)) == {"dns", f"ses-{OTHER}"}
    assert page.is_right()
    page.files["prod"]["regions"] = REGIONS
    page.save()
    with page.watched():
        go_back(page)
    assert page.stands_as(before)


def test_the_file_gets_another_name(follow: Follow) -> None:
    """The stacks keep their name, or what they hold is moved; they are deleted then."""
    page = follow("The file gets another name")
    page.stand()
    before = page.standing()
    with page.watched():
        page.run()
        page.run(1)
        page.write()
        page.run()
        assert page.standing() == before
        del page.files["production"]["deployed_as"]
        rename(page, "production", "prod")
        assert page.run_line("mailproof rollout run prod").returncode == 0
        assert page.standing() == before
        rename(page, "prod", "production")
        page.run()
        page.run()
    page.project.name = "production"
    after = page.standing()
    assert after.has_all_of(before)
    assert set(after.stacks[HOME]) == {"dns", f"ses-{HOME}"}
    assert page.is_right()
    page.project.name = "prod"
    assert page.project.stacks(HOME) == {}
    rename(page, "production", "prod")
    with page.watched():
        go_back(page)
    assert page.stands_as(before)


def test_growth_past_one_stack(follow: Follow) -> None:
    """New domains get a stack of their own, and no other one moves; more stacks for all are refused beforehand."""
    page = follow("Growth past one stack")
    domains = [f"c{number}.{page.project.zone}" for number in range(3)]
    page.stand(*domains)
    before = page.standing()
    with page.watched():
        page.files["prod"]["stacks"] = 2
        page.save()
        assert page.run_line("mailproof rollout run prod").returncode == 1
        assert page.standing() == before
        del page.files["prod"]["stacks"]
        page.write()
        page.run()
    assert page.standing().has_all_of(before)
    assert set(page.project.stacks(HOME)) == {"dns", f"ses-{HOME}", f"ses-{HOME}-second"}
    assert page.is_right()
    page.files["prod"]["domains"].pop()
    page.save()
    with page.watched():
        page.run()
        page.run()
    assert page.project.stacks(HOME).keys() == before.stacks[HOME].keys()
    assert page.is_right()


def test_a_domain_gets_another_stack(follow: Follow) -> None:
    """Killed half-way, the same command goes on; and back."""
    page = follow("A domain gets another stack")
    page.stand(f"other.{page.project.zone}")
    before = page.standing()
    with page.watched():
        page.write()
        page.run(1)
        assert page.standing() == before
        page.run()
        kill_a_move(page)
        page.run()
        page.run()
        assert set(page.project.stacks(HOME)) == {"dns", "dns-brand", f"ses-{HOME}", f"ses-{HOME}-brand"}
        assert page.is_right()
        del page.own["stack"]
        page.save()
        go_back(page)
    assert page.standing().has_all_of(before)


def test_domains_are_spread_over_more_stacks(follow: Follow) -> None:
    """About half of them move, and back."""
    page = follow("Domains are spread over more stacks")
    page.stand(*(f"c{number}.{page.project.zone}" for number in range(3)))
    before = page.standing()
    with page.watched():
        page.write()
        page.run()
        page.run()
        assert f"ses-{HOME}-2" in page.project.stacks(HOME)
        assert page.is_right()
        del page.files["prod"]["stacks"]
        page.save()
        go_back(page)
    assert page.standing().has_all_of(before)


def test_a_domain_goes_to_another_environment(follow: Follow) -> None:
    """The file that has it now takes it, and a rollout of the other finds nothing to do; and back."""
    page = follow("A domain goes to another environment")
    page.stand(f"other.{page.project.zone}")
    before, records = page.standing(), page.project.expected()
    page.files["brand"] = page.build_file({"name": f"sub.{page.project.zone}"})
    leaving, *left = page.files["prod"]["domains"]
    with page.watched(records):
        page.write()
        page.files["brand"]["domains"][-1] |= leaving
        page.files["prod"]["domains"] = left
        page.save()
        let = page.run_line(f"mailproof rollout run prod {allow_all(page.run_line('mailproof rollout run prod'))}")
        assert let.returncode == 0, let.stderr
        assert "behind" not in let.stderr
        assert f"stays live, in no stack: identity {page.project.zone!r}; the files put it into stack" in let.stderr
        assert "; next: mailproof move brand" in let.stderr
        for _ in range(3):
            page.run()
        assert page.is_right()
        page.files["brand"]["domains"].pop()
        page.files["prod"]["domains"] = [leaving, *left]
        page.save()
        go_back(page)
    assert page.standing().has_all_of(before)


def test_groups_become_single_record_sets(follow: Follow) -> None:
    """Released and imported in one stack."""
    page = follow("Groups become single record sets")
    page.stand(record_sets="grouped")
    before = page.standing()
    with page.watched():
        page.write()
        page.run()
        page.run()
    after = page.standing()
    assert (after.records, after.identities) == (before.records, before.identities)
    assert page.is_right()


def kill_a_move(page: Recipe) -> None:
    """Kill a move, in a process of its own, as soon as it has begun to change something."""
    command = ("mailproof", "move", "prod", "--yes", "--assembly", str(page.project.synthesise()))
    running = start(page.project, command, page.project.folder.parent)
    read_until(running, "CloudFormation is at work")
    kill_group(running)
    end(running)


def allow_all(refused: Run) -> str:
    """Return the options that let everything pass which was refused, though it is wanted elsewhere."""
    named = re.findall(rf"^(prod/\S+: \w+): {Fate.RETAINED}", refused.stderr, re.MULTILINE)
    return " ".join(f"--allow {switch.replace(': ', ':')}" for switch in named) + " --max-removals 20"


def go_back(page: Recipe) -> None:
    """Move what the file has at its old place again, and roll out."""
    for line in ("mailproof move prod", "mailproof rollout run prod"):
        run = page.run_line(line)
        assert run.returncode == 0, run.stderr
    assert page.is_right()


def rename(page: Recipe, old: str, new: str) -> None:
    """Give an environment file another name."""
    page.run_line(f"mv environments/{old}.yaml environments/{new}.yaml")
    page.save()
