"""Every other command of ours on the pages, run as it stands there, in the folder of a deployment."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.dmarc.samples import row, xml
from tests.docs_lines import read_lines
from tests.e2e.following import Recipe
from tests.e2e.project import CommandLine, Project
from tests.e2e.rolling import REGIONS
from tests.logo.test_logo import SVG, certificate

ACCOUNT, ZONE, ZONE_ID = "111122223333", "example.com", "Z0123456789EXAMPLE"
LINES = sorted({line.text for line in read_lines() if line.is_run_here})
RUN_OR_WRONG = {0, 1}
"""Exit codes: neither a usage that is wrong, nor something that could not be asked."""
UNKNOWN = ("mailproof dmarc next", "mailproof explain", "mailproof probe --to")
"""Ends with 3 here: there is too little evidence, and nobody delivers to the inbox."""


@pytest.fixture(scope="module")
def deployed(command_line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """The environment of the pages, deployed, with the files beside it that lines name."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "environments").mkdir()
    project = Project(command_line.aws, ACCOUNT, ZONE_ID, ZONE, command_line, "prod", folder / "environments")
    for name in ("com", "partner.example"):
        command_line.aws.put_external_zone(name, "")
    recipe = Recipe(project, "")
    recipe.stand(
        regions=list(REGIONS),
        zones={ZONE: {"id": ZONE_ID}, "partner.example": "external"},
    )
    _write_files(folder)
    return recipe


def _write_files(folder: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"shop@{ZONE}", "me@receiver.example", "Your order"
    (folder / "message.eml").write_bytes(message.as_bytes())
    (folder / "reports").mkdir()
    (folder / "reports/a.xml").write_text(xml(row()), encoding="utf-8")
    (folder / "logo.svg").write_bytes(SVG)
    (folder / "logo.pem").write_bytes(certificate(("example.org",)))
    for name in ("new", "cur"):
        (folder / "Maildir" / name).mkdir(parents=True)


@pytest.mark.parametrize("line", LINES)
def test_the_line_does_its_work(deployed: Recipe, line: str) -> None:
    """It ends well, or with what is wrong; there is nothing in it to correct, and AWS and DNS have answered."""
    options = " --yes" if line.startswith("mailproof probe") and "--dry-run" not in line else ""
    options += " --timeout 0" if "--to" in line else ""
    run = deployed.run_line(line.replace("~", str(deployed.project.folder.parent)) + options)
    expected = RUN_OR_WRONG | ({3} if line.startswith(UNKNOWN) else set())
    assert run.returncode in expected, f"{run.stdout}\n{run.stderr}"
