"""Changes that a file makes at once and that take two steps: the first refusal tells the way, which is followed."""

import re

from tests.e2e.conftest import Follow
from tests.e2e.following import Recipe
from tests.e2e.rolling import HOME


def refused(page: Recipe, words: str) -> list[str]:
    """Write the file, roll it out, and return the steps of the one refusal."""
    page.save()
    before = page.standing()
    run = page.run_line("mailproof rollout run prod --wave 1")
    assert run.returncode == 1
    [told] = re.findall(r"^prod: .*", run.stderr, re.MULTILINE)
    assert words in told
    assert "if this is intended" not in run.stderr
    assert page.standing() == before
    return re.findall(r"^  \d\. (.*)$", run.stderr, re.MULTILINE)


def followed(page: Recipe, *lines: str) -> None:
    """Write the file, and run the commands that were told."""
    page.save()
    for line in lines:
        run = page.run_line(line)
        assert run.returncode == 0, f"{line}\n{run.stdout}\n{run.stderr}"


def test_dkim_records_of_an_identity_are_given_and_a_domain_is_parked(follow: Follow) -> None:
    """What stays is there throughout: DKIM records of the identity, which SES goes on signing with."""
    page = follow("")
    zone = page.project.zone
    given, parked = f"given.{zone}", f"parked.{zone}"
    page.stand(given, parked)
    identity = page.project.identity(given)["DkimAttributes"]
    own, _, last = page.files["prod"]["domains"]

    with page.watched():
        named = {"dkim": {HOME: {"tokens": identity["Tokens"], "host": identity["SigningHostedZone"]}}}
        domain = {"name": given, "dmarc": {"policy": "none"}}
        page.files["prod"]["domains"] = [own, domain | {"identity": named}, last]
        steps = refused(page, f"identity {given!r} would leave prod/ses-{HOME}, and the file names DKIM records of it")
        assert steps[0] == f"write `identity: elsewhere` for {given!r}"
        page.files["prod"]["domains"][1] = domain | {"identity": "elsewhere"}
        followed(page, steps[1])
        page.files["prod"]["domains"][1] = domain | {"identity": named}
        followed(page, *steps[3:])
        assert page.project.identity(given)["DkimAttributes"] == identity

    page.files["prod"] |= {"domains": page.files["prod"]["domains"][:2], "parked": [parked]}
    steps = refused(page, f"{parked!r} is to be parked, and its identity is still in prod/ses-{HOME}")
    assert steps[0] == f"take {parked!r} off `parked`, too"
    del page.files["prod"]["parked"]
    followed(page, *steps[1:3])
    page.files["prod"]["parked"] = [parked]
    followed(page, *steps[4:])
    assert page.is_right()
    assert parked not in page.project.identities()
