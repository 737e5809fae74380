"""What the pages say is so, and the site that they make is whole."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailproof.constructs_lib
import mailproof.testing
from mailproof.environments import load_environments
from mailproof.localaws.regions import dkim_host_zone
from mailproof.model import pages
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.environment import Environment
from mailproof.model.names import fully_qualified
from mailproof.model.ownership import check_ownership
from mailproof.model.placement import OUTPUTS_LIMIT, RESOURCES_LIMIT, plan_stacks
from mailproof.model.regions import REGIONS, REGIONS_WITHOUT_TYPE, feedback_host
from mailproof.model.resolve import EnvironmentReader
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.model.stack_id import StackKind
from mailproof.model.stack_item import DKIM_OUTPUTS
from mailproof.testing import synthesise_environments

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BEGINNINGS = ("README.md", "docs/index.md", "docs/quickstart.md")
UNVERIFIED_REGION = "eusc-de-east-1"
# Nothing of a site is garbage before the end: the collector would take a sixth of the time.
MKDOCS = "import gc; gc.disable(); from mkdocs.__main__ import cli; cli()"
SITE_TIMEOUT_S = 60


def page(name: str) -> str:
    """Return a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def block(text: str, language: str) -> str:
    """Return the first block of code in a language."""
    return str(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0])


def environment(text: str, path: str = "environments/prod.yaml") -> Environment:
    """Read an environment file in which nothing is wrong."""
    reader = EnvironmentReader(path, text)
    assert reader.problems == []
    assert reader.environment is not None
    return reader.environment


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of a table, without the marks of code."""
    table = text.partition(f"{heading}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]


def titles() -> dict[str, str]:
    """Return the pages of the navigation, by their titles there."""
    return dict(re.findall(r"- ([^:\n]+): (\S+\.md)", page("mkdocs.yml")))


def test_a_page_has_the_title_of_the_navigation() -> None:
    """Its heading is what the menu and messages call it."""
    assert {file: page(f"docs/{file}").partition("\n")[0] for file in titles().values()} == {
        file: f"# {title}" for title, file in titles().items()
    }


def test_messages_name_pages_that_there_are() -> None:
    """An installed package has no files of pages: messages name them by their titles."""
    named = {name: value for name, value in vars(pages).items() if name.isupper() and not name.startswith("_")}
    assert named
    assert {name for name, value in named.items() if value.split("'")[1] not in titles()} == set()


def test_the_readme_counts_right() -> None:
    """Its example makes what it says."""
    stacks = synthesise_environments([environment(block(page("README.md"), "yaml"))])
    kinds = [resource["Type"] for stack in stacks.values() for resource in stack.resources.values()]
    assert "three identities and sixteen records" in page("README.md")
    assert (len(stacks), kinds.count(IDENTITY), kinds.count(RECORD_SET)) == (3, 3, 16)


def test_the_error_in_the_readme_is_what_is_said() -> None:
    """A region mistyped in the example gives that message."""
    text = block(page("README.md"), "yaml").replace("us-east-1, eu-west-1", "us-east-1, eu-wset-1")
    (problem,) = EnvironmentReader("environments/prod.yaml", text).problems
    assert f"```\n{problem}\n```" in page("README.md")


def test_readme_and_home_page_say_the_same() -> None:
    """What mailproof is for stands in both."""
    introduction = page("README.md").split("\n## ")[0]
    assert page("docs/index.md").startswith(introduction)


def test_the_first_commands_are_the_same_everywhere() -> None:
    """The test of the wheel runs those of the quickstart, and compares the table that it shows."""
    first = [re.findall(r"^\$ (mailproof init --.*)$", page(name), re.MULTILINE) for name in BEGINNINGS]
    assert first == [first[0]] * len(BEGINNINGS)
    table = page("README.md").partition("```\ndomain ")[2].partition("```")[0]
    assert table
    assert table in page("docs/quickstart.md")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_beside_the_site_lead_somewhere(name: str) -> None:
    """A page that is named is there."""
    links = re.findall(r"\]\(([^)#:]+)\)", page(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_table_of_regions_is_true() -> None:
    """Every region that is taken is listed, with its hosts; and those that are refused."""
    text = page("docs/regions.md")
    expected = [
        [region, "not known" if region == UNVERIFIED_REGION else dkim_host_zone(region), feedback_host(region)]
        for region in sorted(REGIONS)
    ]
    assert expected == rows(text, "| region | DKIM records point into | MX of a MAIL FROM name |")
    refused = text.partition("## Regions that are refused\n\n")[2].splitlines()[0]
    assert sorted(REGIONS_WITHOUT_TYPE) == re.findall(r"`([^`]+)`", refused)


def record_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows that the table of records should have."""
    for plan in sorted(plan_stacks(environment(text)), key=lambda plan: plan.id.kind is StackKind.DNS):
        for item in plan.record_sets:
            dkim = [("<token>._domainkey.example.com (3)", f"<token>.{dkim_host_zone(plan.id.region)}")]
            for record in item.records(dkim):
                yield [plan.id.id, str(record.name), record.type.value, record_value(record)]


def record_value(record: DnsRecord) -> str:
    """Write the value of a record as the page does."""
    return f"{record.preference} {record.values[0]}" if record.type is RecordType.MX else str(record.values[0])


def test_the_table_of_records_is_true() -> None:
    """The records of the example are those that the table lists, with the stacks that hold them."""
    text = page("docs/records.md")
    assert list(record_rows(block(text, "yaml"))) == rows(text, "| stack | name | type | value |")


def test_the_message_about_two_owners_is_what_is_said() -> None:
    """Two environments with one record are refused in these words."""
    text = """\
account: "111122223333"
regions: [us-east-1]
zones:
  example.com: {id: Z1}
domains:
  - {name: example.com, mail_from: none, dmarc: {policy: none}}
"""
    environments = [
        environment(text.replace("111122223333", account), f"environments/{name}.yaml")
        for name, account in {"prod": "111122223333", "staging": "444455556666"}.items()
    ]
    (problem,) = check_ownership(environments)
    assert f"```\n{problem}\n```" in page("docs/records.md")


def test_the_names_of_why_the_dot_are_qualified_so() -> None:
    """The two forms of a name are those of the function."""
    text = page("docs/why-the-dot.md")
    token = {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}
    assert f'fully_qualified("bounce.example.com")  # {fully_qualified("bounce.example.com")!r}' in text
    joined = repr(fully_qualified(token)).replace(repr(token["Fn::GetAtt"]), "…")
    assert f"# {joined}" in text


def test_the_limits_are_those_of_the_code() -> None:
    """Domains per stack follow from resources and outputs per stack."""
    fits = {int(row[0]) for row in rows(page("docs/limits.md"), "| domains per stack | with |")}
    assert {RESOURCES_LIMIT // 2, RESOURCES_LIMIT // 6, OUTPUTS_LIMIT // DKIM_OUTPUTS} == fits
    assert f"stops at {RESOURCES_LIMIT} and {OUTPUTS_LIMIT}" in page("docs/limits.md")


def test_stacks_named_on_the_page_of_the_architecture_exist() -> None:
    """They are stacks of the shipped environment."""
    (prod,) = load_environments(ROOT / "environments", "prod")
    ids = {plan.id.path for plan in plan_stacks(prod)}
    named = set(re.findall(r"`(prod/[^`]+)`", page("docs/architecture.md")))
    assert named
    assert named <= ids


def test_the_changelog_has_its_headings() -> None:
    """A replaced resource is looked for under a heading of its own."""
    unreleased = page("CHANGELOG.md").partition("## Unreleased\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (.*)$", unreleased, re.MULTILINE) == ["Added", "Changed", "Fixed", "Replaces resources"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built so that a warning is an error: a link to nowhere, or an argument that a docstring invents."""
    folder = tmp_path_factory.mktemp("site")
    # Not `--quiet`, which hides warnings from `--strict` as well.
    command = (sys.executable, "-c", MKDOCS, "build", "--strict", "--site-dir", str(folder))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # signatures are formatted by `ruff`
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=SITE_TIMEOUT_S,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "contains a link to" not in said, said  # what the site leaves out is no warning
    return folder


def test_the_site_asks_no_other_host(site: Path) -> None:
    """No font, style, script or picture is fetched from elsewhere."""
    load = re.compile(r"<(?:link|script|img|iframe|source)\b[^>]*?(?:href|src)=[\"']?(?:https?:)?//[^>]*>")
    style = re.compile(r"(?:@import|url\()\s*[\"']?(?:https?:)?//")
    found = [match for path in site.rglob("*.html") for match in load.findall(path.read_text(encoding="utf-8"))]
    found += [match for path in site.rglob("*.css") for match in style.findall(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_page_is_in_the_site(site: Path) -> None:
    """Each has its place, and the example app is shown whole."""
    assert {path.stem for path in PAGES} <= {path.stem for path in site.glob("*.html")}
    assert "NewsletterStack" in (site / "api.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", [mailproof.constructs_lib, mailproof.testing], ids=lambda package: package.__name__)
def test_everything_public_is_in_the_reference(site: Path, package: object) -> None:
    """What a package offers is described, by its docstring."""
    reference = (site / "api.html").read_text(encoding="utf-8")
    anchors = {name.rpartition(".")[2] for name in re.findall(r'id="([\w.]+)"', reference)}
    assert set(getattr(package, "__all__")) <= anchors  # noqa: B009 -- a module, of which mypy knows no more
