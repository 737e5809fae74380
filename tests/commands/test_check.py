"""Tests of `mailproof check`: options, formats, exit codes, and where each output goes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import FileIO, TextIOWrapper
from pathlib import Path

import pytest

from mailproof.cli import main
from tests.commands.world import GET_IDENTITY, IDENTITY, World, world
from tests.fake_aws import CALLER, caller


@pytest.fixture
def healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which everything is right."""
    with world(tmp_path, monkeypatch) as found:
        yield found


def test_a_healthy_world_is_all_well(healthy: World) -> None:
    """Exit code 0, one row, nothing on stderr."""
    result = healthy.run("check")
    assert result.exit_code == 0
    assert "1 identity checked: all well" in result.stdout
    assert result.stderr == ""


def test_json_is_all_that_stdout_holds(healthy: World) -> None:
    """Programs read it as it comes."""
    healthy.aws.answers[GET_IDENTITY] = (404, {"__type": "NotFoundException"})
    result = healthy.run("check", "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [finding["rule"] for finding in found["findings"]] == ["identity-missing"]
    assert found["identities"][0]["identity"] == "MISSING"
    (policy,) = found["policies"]
    assert (policy["domain"], policy["tree_walk"]["policy"], policy["tree_walk"]["own"]) == (
        "example.com",
        "none",
        True,
    )


def test_what_could_not_be_asked_is_exit_3(healthy: World) -> None:
    """Nothing is wrong, something is not known."""
    healthy.aws.answers[GET_IDENTITY] = (403, {"__type": "AccessDeniedException"})
    result = healthy.run("check", "--format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert (result.exit_code, finding["rule"], finding["domain"]) == (3, "ses-unanswered", "example.com")


def test_credentials_of_another_account_are_not_used(healthy: World) -> None:
    """SES of the wrong account says nothing of this one; it is not even asked."""
    healthy.aws.answers[CALLER] = caller("444455556666")
    result = healthy.run("check", "--format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert (finding["rule"], finding["domain"], finding["region"]) == ("ses-unanswered", None, "us-east-1")
    assert "444455556666" in finding["observed"]
    assert "111122223333" in finding["observed"]
    assert {call.split()[1] for call in healthy.aws.calls} == {"sts"}


@pytest.mark.parametrize("command", ["check", "wait"])
def test_an_sts_that_does_not_answer_is_told(healthy: World, command: str) -> None:
    """SES may be reached where STS is not, and is judged; that it is the account's own is not known."""
    healthy.aws.answers[CALLER] = (
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
    )
    result = healthy.run(command, "--format", "json")
    report = json.loads(result.stdout)
    assert (result.exit_code, [finding["rule"] for finding in report["findings"]]) == (3, ["account-unanswered"])
    assert report["findings"][0]["observed"].startswith("sts:GetCallerIdentity: AccessDenied")
    assert report["identities"][0]["dkim"] == "SUCCESS"


def test_no_credentials_is_one_cause(healthy: World) -> None:
    """Where SES does not answer either, whose it is has no bearing."""
    healthy.aws.answers |= dict.fromkeys([CALLER, "*ses *"], (403, {"__type": "UnrecognizedClientException"}))
    del healthy.aws.answers[GET_IDENTITY]
    findings = json.loads(healthy.run("check", "--format", "json").stdout)["findings"]
    assert "account-unanswered" not in {finding["rule"] for finding in findings}


def test_sts_is_asked_once_a_run(healthy: World) -> None:
    """However many environments there are."""
    text = (healthy.folder / "prod.yaml").read_text().replace("example.com", "example.org").replace("Z0EXAMPLE", "Z1")
    (healthy.folder / "test.yaml").write_text(text)
    healthy.run("check")
    assert [call for call in healthy.aws.calls if "sts" in call] == ["us-east-1 sts GetCallerIdentity"]


def test_the_report_is_written_to_files_as_well(healthy: World, tmp_path: Path) -> None:
    """In the format of their endings, else in that of stdout; AWS is asked once for all of them."""
    files = [tmp_path / name for name in ("report", "report.sarif", "report.html", "report.md")]
    result = healthy.run("check", "--format", "json", *(part for file in files for part in ("--output", str(file))))
    plain, sarif, page, summary = (file.read_text() for file in files)
    assert json.loads(plain) == json.loads(result.stdout)
    assert json.loads(sarif)["version"] == "2.1.0"
    assert page.startswith("<!doctype html>")
    assert "example.com" in summary
    assert len(healthy.aws.calls) == len(set(healthy.aws.calls))


def test_a_file_that_cannot_be_written_is_a_usage_error(healthy: World, tmp_path: Path) -> None:
    """One line says so."""
    result = healthy.run("check", "--output", str(tmp_path / "none" / "report"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("form", ["markdown", "sarif", "html"])
def test_every_format_is_written(healthy: World, form: str) -> None:
    """Each is text of its own."""
    result = healthy.run("check", "--format", form)
    assert result.exit_code == 0
    assert "example.com" in result.stdout or form == "sarif"


def test_narrowing_asks_for_nothing_else(healthy: World) -> None:
    """`--domain` and `--region` leave the rest alone."""
    text = (healthy.folder / "prod.yaml").read_text().replace("[us-east-1]", "[us-east-1, eu-west-1]")
    (healthy.folder / "prod.yaml").write_text(text + "- {name: news.example.com, mail_from: none}\n")
    result = healthy.run("check", "--domain", "Example.COM", "--region", "us-east-1")
    assert result.exit_code == 0
    assert not [call for call in healthy.aws.calls if "eu-west-1" in call or "news" in call]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--domain", "example.org"), "no chosen environment has 'example.org'"),
        (("--domain", "a b"), "is not a host name"),
        (("--region", "eu-west-1"), "no chosen environment has 'eu-west-1'"),
        (("--profile", "stage=x"), "no chosen environment is named 'stage'"),
        (("--environment", "stage"), "has no such environment"),
    ],
)
def test_what_no_environment_has_is_a_usage_error(healthy: World, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, and the words on stderr."""
    result = healthy.run("check", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


def test_a_resolver_that_is_none_is_a_usage_error(healthy: World) -> None:
    """A port is a number."""
    healthy.address = "127.0.0.1:dns"
    assert healthy.run("check").exit_code == 2


def test_what_is_wrong_with_the_files_is_printed_line_by_line(healthy: World) -> None:
    """All of it at once, with file and line, and no traceback."""
    (healthy.folder / "prod.yaml").write_text("account: 1\nregions: [nowhere]\nzones: {}\ndomains: [{name: a}]\n")
    result = healthy.run("check")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(line.startswith(str(healthy.folder)) for line in result.stderr.splitlines())
    assert len(result.stderr.splitlines()) > 1


def test_a_profile_that_does_not_exist_is_no_crash(healthy: World) -> None:
    """It is the environment's SES that cannot be asked."""
    result = healthy.run("check", "--profile", "prod=nobody", "--format", "json")
    rules = {finding["rule"] for finding in json.loads(result.stdout)["findings"]}
    assert (result.exit_code, rules) == (3, {"ses-unanswered", "route53-unanswered"})


def test_a_file_that_cannot_be_written_is_said_before_anything_is_asked(healthy: World, tmp_path: Path) -> None:
    """A check of a large environment takes minutes."""
    result = healthy.run("check", "--output", str(tmp_path / "absent" / "report.html"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be written" in result.stderr
    assert healthy.aws.calls == []


def test_ctrl_c_ends_with_one_line(healthy: World) -> None:
    """Exit code 130, no traceback, although a question is under way."""
    healthy.dns.faults["*.example.com *"] = "timeout"
    code = "import sys; from mailproof.cli import main; print('up', file=sys.stderr, flush=True); main()"
    words = ["check", "--environments", str(healthy.folder), "--resolver", healthy.address, "--dns-timeout", "60"]
    process = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    assert healthy.dns.was_asked.wait(20)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "mailproof: interrupted\n")


def test_a_report_is_utf_8_whatever_the_locale(healthy: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file says what it is encoded in by its kind, not by who has it written.

    Nor do sockets and files harm that take the numbers of streams that are closed.
    """
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    file = tmp_path / "report.json"
    command = (sys.executable, "-m", "mailproof", *check_words(healthy, file), "--format", "markdown")
    done = subprocess.run(["sh", "-c", '"$@" <&- 2>&-', "sh", *command], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "✅" in done.stdout.decode()
    assert json.loads(file.read_text())["summary"]["exit_code"] == 0


def test_dkim_states_are_shown(healthy: World) -> None:
    """The row says what SES says."""
    dkim = {**IDENTITY["DkimAttributes"], "Status": "PENDING"}  # type: ignore[dict-item]
    healthy.aws.answers[GET_IDENTITY] = (200, {**IDENTITY, "DkimAttributes": dkim})
    result = healthy.run("check")
    assert result.exit_code == 1
    assert "error dkim-pending" in result.stdout


def check_words(world: World, file: Path) -> list[str]:
    """Return the command line of a check that writes its report to a file as well."""
    place = ("--environments", str(world.folder), "--resolver", world.address)
    return ["check", *place, "--output", str(file)]


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Run the command line whole, on a standard output as Python makes it, and return the exit code."""

    def run(output: int | None, *words: str) -> int:
        # Without a buffer, whose rest would be written in the end.
        streams = [] if output is None else [TextIOWrapper(FileIO(output, "w"), write_through=True)]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["mailproof", *words])
            patch.setattr(sys, "stdout", next(iter(streams), None))
            patch.setattr("mailproof.change.say._lost", [])
            with pytest.raises(SystemExit) as ended:
                main()
            for stream in (*streams, sys.stdout):  # and what there is instead
                stream.close()
        return int(ended.value.code or 0)

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def closed() -> None:
    """Return what Python makes of a standard output that a shell has closed."""


def full() -> int:
    """Open a file on a full disk."""
    return os.open("/dev/full", os.O_WRONLY)


def left() -> int:
    """Open a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (closed, 0),
        (full, 0),
        (full, 1),  # what is lost must not hide what is wrong
        (left, 1),
    ],
)
def test_streams_change_neither_report_nor_exit_code(
    healthy: World,
    tmp_path: Path,
    run_main: Callable[..., int],
    output: Callable[[], int | None],
    code: int,
) -> None:
    """Closed, full or left by their reader; but an output that is lost on a full disk is not all well."""
    if code:
        healthy.aws.answers[GET_IDENTITY] = (404, {"__type": "NotFoundException"})
    file = tmp_path / "report.json"
    lost = 2 if output is full else 0
    assert run_main(output(), *check_words(healthy, file)) == (code or lost)
    assert json.loads(file.read_text())["summary"]["exit_code"] == code
