"""Changes over the years, as docs/day-two.md has them: what is live is watched throughout, and never gone."""

from tests.e2e.project import ROOT, Project
from tests.e2e.rolling import HOME, Rollout
from tests.e2e.watch import never_wrong

PAGE = (ROOT / "docs/day-two.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return a section of the page."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_growth_past_one_stack(project: Project) -> None:
    """New domains get a stack of their own, and no other one moves; more stacks for all are refused beforehand."""
    assert "`mailproof rollout run prod`" in section("Growth past one stack")
    rollout = Rollout(project)
    rollout.domains = [f"c{number}.{project.zone}" for number in range(3)]
    rollout.write()
    project.stand()
    before, records = rollout.standing(), project.expected()

    rollout.keys = {"stacks": 2}
    rollout.domains.append(f"c3.{project.zone}")
    rollout.write()
    refused = rollout.run()
    assert refused.returncode == 1
    assert "would leave management" in refused.stderr
    assert rollout.standing() == before

    rollout.keys = {}
    own = {"name": project.zone, "dmarc": {"policy": "none"}}
    old = ({"name": name} for name in rollout.domains[:3])
    new = {"name": rollout.domains[3], "stack": "second"}
    rollout.rewrite(own, *old, new)
    with never_wrong(project, records):
        rollout.converge()
    assert rollout.standing().has_all_of(before)
    assert set(project.stacks(HOME)) == {"dns", f"ses-{HOME}", f"ses-{HOME}-second"}
