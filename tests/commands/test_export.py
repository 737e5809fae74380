"""Tests of `mailproof export`."""

from collections.abc import Iterator
from pathlib import Path

import dns.zone
import pytest
import typer
from typer.testing import CliRunner, Result

from mailproof.commands.export import export
from tests.export.samples import PROD, easy_dkim
from tests.fake_aws import FakeAws, identity, serve

APP = typer.Typer()
APP.command()(export)


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch, external_zones: None) -> Iterator[FakeAws]:  # noqa: ARG001 -- DNS to ask
    """A server that knows the identities of one zone."""
    with serve(FakeAws()) as server:
        for region in ("us-east-1", "eu-west-1"):
            server.answers[identity("partner.example", region)] = easy_dkim("partner.example", region)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one environment file."""
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "prod.yaml").write_text(PROD, encoding="utf-8")
    return tmp_path


def _run(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(APP, [*args, "--environments", str(folder / "env")])


@pytest.mark.usefixtures("ses")
def test_a_zone_on_stdout_loads_as_it_stands(folder: Path) -> None:
    """With SOA and NS by default, without on demand."""
    result = _run(folder, "zone", "--zone", "partner.example")
    assert result.exit_code == 0
    assert len(dns.zone.from_text(result.stdout, "partner.example.").nodes) == 10
    assert "SOA" not in _run(folder, "zone", "--zone", "partner.example", "--no-soa").stdout


@pytest.mark.usefixtures("ses")
def test_a_folder_gets_one_file_a_zone(folder: Path) -> None:
    """Each is named on stderr; stdout stays empty."""
    result = _run(folder, "zone", "--zone", "partner.example", "--output", str(folder / "out"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote {folder / 'out' / 'partner.example.zone'}\n"


@pytest.mark.usefixtures("ses")
def test_nothing_partial_is_written(folder: Path) -> None:
    """One zone of three lacks its identities: not even the complete one is written."""
    result = _run(folder, "octodns", "--external", "--output", str(folder / "out"))
    assert result.exit_code == 1
    assert "nothing is written" in result.stderr
    assert not (folder / "out").exists()


@pytest.mark.usefixtures("ses")
def test_partial_writes_what_is_known(folder: Path) -> None:
    """The exit code stays what it was."""
    result = _run(folder, "octodns", "--external", "--output", str(folder / "out"), "--partial")
    assert result.exit_code == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "partner.example.yaml",
        "xn--bcher-kva.example.yaml",
    ]


@pytest.mark.usefixtures("ses")
def test_what_cannot_be_written_is_a_usage_error(folder: Path) -> None:
    """A folder that is a file is named, with exit code 2."""
    (folder / "file").write_text("")
    result = _run(folder, "csv", "--zone", "partner.example", "--output", str(folder / "file" / "x.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_fails_on_an_unknown_format(folder: Path) -> None:
    """The formats are named."""
    result = _run(folder, "bind")
    assert (result.exit_code, "octodns" in result.stderr) == (2, True)


@pytest.mark.parametrize("form", ["zone", "octodns"])
def test_several_zones_as_one_text_are_refused_before_ses_is_asked(folder: Path, ses: FakeAws, form: str) -> None:
    """With the command that writes them all, and the option that chooses one."""
    result = _run(folder, form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        f"choose one with --zone, or write them to a folder: mailproof export {form} --output FOLDER" in result.stderr
    )
    assert ses.calls == []
