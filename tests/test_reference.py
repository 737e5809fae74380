"""What is generated from the model is current, and what the reference page shows is true."""

import json
import re
from pathlib import Path

import pytest

from mailproof.model.schema import build_schema
from mailproof.reference.__main__ import FILES, main
from tests.model.reading import HEAD, problems, read

ROOT = Path(__file__).parents[1]
SCHEMA, PAGE = "environments/schema.json", "docs/environment-file.md"
REFERENCE_PAGE = (ROOT / PAGE).read_text(encoding="utf-8")


def block(heading: str, number: int = 0) -> str:
    """Return a block of code below a heading of the page."""
    return str(re.findall(r"```\w*\n(.*?)```", REFERENCE_PAGE.partition(f"\n## {heading}\n")[2], re.DOTALL)[number])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that are generated."""
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    return tmp_path


def test_the_generated_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    """Run `python -m mailproof.reference` after a change of the model."""
    assert main(["--check", "--root", str(ROOT)]) == 0
    assert capsys.readouterr().out == ""


def test_the_schema_in_the_repository_is_the_one_built() -> None:
    """Editors see what the reader checks."""
    assert build_schema() == json.loads((ROOT / SCHEMA).read_text(encoding="utf-8"))


def test_check_tells_what_is_out_of_date_and_writes_nothing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` exits with 1, names each such file and leaves it as it is."""
    stale = {
        copy / path: re.sub("environment|node_modules|doctor", "mistyped", (copy / path).read_text("utf-8"))
        for path in FILES
    }
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    assert main(["--check", "--root", str(copy)]) == 1
    assert capsys.readouterr().out == "".join(f"{path}: is out of date\n" for path in stale)
    assert {path: path.read_text(encoding="utf-8") for path in stale} == stale


def test_writing_brings_everything_up_to_date(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing or stale is written; what is written by hand stays."""
    (copy / SCHEMA).unlink()
    page = (copy / PAGE).read_text(encoding="utf-8")
    (copy / PAGE).write_text(page.replace("| `account` | account id |", "| stale |"), encoding="utf-8")
    assert main(["--root", str(copy)]) == 0
    assert f"{copy / SCHEMA}: written\n{copy / PAGE}: written\n" == capsys.readouterr().out
    assert (ROOT / SCHEMA).read_bytes() == (copy / SCHEMA).read_bytes()
    assert page == (copy / PAGE).read_text(encoding="utf-8")
    assert main(["--check", "--root", str(copy)]) == 0


def test_the_page_has_a_row_for_every_key() -> None:
    """No key is left out of the reference."""
    schema = build_schema()
    for part in [schema, *schema["$defs"].values()]:
        for key, value in part["properties"].items():
            meaning = " ".join(value["description"].split())
            assert re.search(rf"^\| `{key}` \| .* \| {re.escape(meaning)} \|$", REFERENCE_PAGE, re.MULTILINE)


def test_links_of_the_page_lead_somewhere() -> None:
    """Every mapping is linked to the table of its keys."""
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()) for heading in re.findall(r"^### (.*)$", REFERENCE_PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", REFERENCE_PAGE)) <= anchors


def test_the_example_of_the_page_is_an_environment() -> None:
    """What the page shows works as it stands, and means what its remarks say."""
    environment = read(block("Example"))
    assert [
        (domain.name, domain.mail_from and domain.mail_from.template, domain.zone.name, domain.dmarc is not None)
        for domain in environment.domains
    ] == [
        ("example.com", "bounce.{region}.example.com", "example.com", True),
        ("news.example.com", "bounce.news.example.com", "example.com", False),
        ("xn--bcher-kva.example.org", "bounce.{region}.xn--bcher-kva.example.org", "example.org", True),
        ("partner.example", None, "partner.example", True),
    ]


def test_the_table_of_mail_from_names_is_true() -> None:
    """Each name of the page is read as the page says."""
    rows = re.findall(
        r"^\| `([^`]+)` \| (`[^`]+`|refused)[^|]* \|$", REFERENCE_PAGE.partition("**Zones.**")[0], re.MULTILINE
    )
    assert len(rows) == 4
    for written, expected in rows:
        text = f"{HEAD}domains:\n  - name: example.com\n    mail_from: '{written}'\n"
        if expected == "refused":
            assert "is not strictly below 'example.com'" in problems(text)[0]
            continue
        mail_from = read(text).domains[0].mail_from
        assert mail_from is not None
        assert expected.strip("`") == mail_from.name("us-east-1")


def test_the_errors_of_the_page_are_what_is_said() -> None:
    """The messages on the page are those of a file with these mistakes."""
    text = """\
account: "111122223333"
regions: [us-east-1, eu-wset-1]
zones:
  example.com: {id: example}
domains:
  - name: notexample.com
  - name: example.com
    mailfrom: bounce
    dmarc: {}
"""
    assert block("Errors", 1).splitlines() == problems(text)
