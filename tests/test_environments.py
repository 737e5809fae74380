"""The folder of environment files: every file is read, every mistake of all is said, nothing else ever comes out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailproof.environments import load_environments
from mailproof.model.errors import EnvironmentFileError
from tests.model.reading import GOOD, load_problems, write

STAGING = GOOD.replace("111122223333", "444455556666").replace("{id: Z1}", '{id: Z1, account: "111122223333"}')
OTHER = GOOD.replace("example.com", "example.org").replace("Z1", "Z2")
OWNER = "give it one owner: another name, or leave it out of one of the two"
NAME_THE_FOLDER = "name the folder of the environment files, or run mailproof init"


def test_environments_come_by_name(tmp_path: Path) -> None:
    """Each file is an environment, and their order is that of their names."""
    write(tmp_path, prod=GOOD, **{"prod-eu": OTHER})
    (tmp_path / "dev.yml").write_text(GOOD.replace("example.com", "example.net").replace("Z1", "Z3"))
    assert [environment.name for environment in load_environments(tmp_path)] == ["dev", "prod", "prod-eu"]


def test_only_one_environment_is_returned_if_asked_for(tmp_path: Path) -> None:
    """One environment can be chosen among several."""
    write(tmp_path, prod=GOOD, staging=OTHER)
    assert [environment.name for environment in load_environments(tmp_path, "staging")] == ["staging"]


@pytest.mark.parametrize(
    "name",
    [".prod.yaml", ".#prod.yaml", "prod.yaml.bak", "prod.yaml~", "schema.json", "README.md", "yaml"],
)
def test_other_files_are_passed_over(tmp_path: Path, name: str) -> None:
    """Hidden files, back-ups and other kinds of files are not environments."""
    write(tmp_path, prod=GOOD)
    (tmp_path / name).write_text("{")
    assert [environment.name for environment in load_environments(tmp_path)] == ["prod"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOOD.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(GOOD.replace("example.com", "bücher.example").encode(), id="UTF-8"),
    ],
)
def test_files_of_other_editors_are_read(tmp_path: Path, data: bytes) -> None:
    """What editors put into files does not matter."""
    (tmp_path / "prod.yaml").write_bytes(data)
    assert len(load_environments(tmp_path)) == 1


def test_fails_on_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A missing folder is named, with what to do."""
    assert [
        f"{tmp_path / 'missing'}: cannot be read (No such file or directory); {NAME_THE_FOLDER}"
    ] == load_problems_in_full(tmp_path / "missing")


def test_fails_on_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """A file is not a folder."""
    file = write(tmp_path, prod=GOOD) / "prod.yaml"
    assert [
        f"{file}: cannot be read (Not a directory); name the folder of the environment files, or run mailproof init"
    ] == load_problems_in_full(file)


def test_fails_on_a_folder_without_environment_files(tmp_path: Path) -> None:
    """An empty folder says how to begin."""
    (tmp_path / "schema.json").write_text("{}")
    todo = "run mailproof init, or write one: the documentation page 'The environment file' shows one"
    assert [f"{tmp_path}: holds no environment file; {todo}"] == load_problems_in_full(tmp_path)


def load_problems_in_full(folder: Path) -> list[str]:
    """Return what is wrong with a folder, with its path."""
    with pytest.raises(EnvironmentFileError) as caught:
        load_environments(folder)
    return str(caught.value).splitlines()


def test_fails_on_an_environment_that_is_not_there(tmp_path: Path) -> None:
    """An unknown environment is refused with those that there are."""
    write(tmp_path, prod=GOOD, staging=OTHER)
    with pytest.raises(EnvironmentFileError) as caught:
        load_environments(tmp_path, "prdo")
    assert f"{tmp_path}: has no such environment, got 'prdo'; it has prod, staging" == str(caught.value)


def test_fails_on_a_folder_named_like_a_file(tmp_path: Path) -> None:
    """A folder in place of a file is refused beside what is wrong with the others."""
    write(tmp_path, prod=GOOD + "x: 1\n")
    (tmp_path / "dev.yaml").mkdir()
    found = load_problems(tmp_path)
    assert found[0] == "dev.yaml: cannot be read (Is a directory)"
    assert found[1].startswith("prod.yaml:7: x: is not a key here; known are ")


def test_fails_on_a_link_to_nothing(tmp_path: Path) -> None:
    """A dangling link is refused as a file that cannot be read."""
    (tmp_path / "prod.yaml").symlink_to(tmp_path / "gone.yaml")
    assert load_problems(tmp_path) == ["prod.yaml: cannot be read (No such file or directory)"]


def test_fails_on_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses is said in its words."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, prod=GOOD)
    monkeypatch.setattr("os.open", refuse)
    assert load_problems(tmp_path) == ["prod.yaml: cannot be read (Permission denied)"]


def test_fails_on_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    """A file of another encoding is refused with the line of its first other sign."""
    (tmp_path / "prod.yaml").write_bytes(GOOD.replace("example.com", "bücher.example").encode("latin-1"))
    assert load_problems(tmp_path) == ["prod.yaml:4: is not UTF-8; save it as UTF-8"]


def test_fails_on_two_files_of_one_name(tmp_path: Path) -> None:
    """Two suffixes do not make two environments."""
    write(tmp_path, prod=GOOD)
    (tmp_path / "prod.yml").write_text(OTHER)
    assert load_problems(tmp_path) == ["prod.yml: names the same environment as prod.yaml, got 'prod'; rename one"]


def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path) -> None:
    """A file is not passed over in silence for the case of its suffix."""
    (tmp_path / "prod.YAML").write_text(GOOD)
    assert [environment.name for environment in load_environments(tmp_path)] == ["prod"]


def test_every_mistake_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    """Mistakes of text, shape, sense, owners and size come together, file by file."""
    write(
        tmp_path,
        a=GOOD.replace("eu-west-1", "eu-wset-1"),
        b="",
        c=GOOD.replace("domains:", "domains:\n  - name: b.example.com\n    mail_from: bounce.example.com."),
        d=GOOD,
        e=GOOD + "    mail_from: none\n",
        f="a: [",
    )
    (tmp_path / "g.yaml").write_bytes(b"\xff")
    mail_from = "is not strictly below 'b.example.com', got 'bounce.example.com.'"
    found = load_problems(tmp_path)
    assert [
        "g.yaml:1: is not UTF-8; save it as UTF-8",
        (
            "a.yaml:2: regions[1]: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
            "did you mean 'eu-west-1'?"
        ),
        "b.yaml: is empty; the documentation page 'The environment file' shows one",
        f"c.yaml:7: domains[0].mail_from: {mail_from}; choose a name such as 'bounce.b.example.com'",
        "f.yaml:2: is not YAML: did not find expected node content",
    ] == found[:5]
    assert {"c.yaml:8", "d.yaml:6", "e.yaml:6"} == {problem.partition(": ")[0] for problem in found[5:]}
    assert (
        "e.yaml:6: domains[0]: the identity 'example.com' in eu-west-1 already belongs to domains[1] of c.yaml:8, "
        f"got 'example.com'; {OWNER}"
    ) in found


def test_owners_are_compared_even_if_one_environment_is_asked_for(tmp_path: Path) -> None:
    """What another file owns counts whether it is asked for or not."""
    dmarc = "    dmarc: {policy: none}\n    mail_from: none\n"
    write(tmp_path, prod=GOOD + dmarc, staging=STAGING + dmarc)
    assert [
        (
            "staging.yaml:6: domains[0]: the TXT record '_dmarc.example.com' in zone 'example.com' already belongs to "
            f"domains[0] of prod.yaml:6, got 'example.com'; {OWNER}"
        )
    ] == load_problems(tmp_path, "prod")


def test_zones_are_compared(tmp_path: Path) -> None:
    """Two accounts cannot both have one zone."""
    write(tmp_path, prod=GOOD, staging=GOOD.replace("111122223333", "444455556666"))
    assert load_problems(tmp_path)[0].startswith(
        'staging.yaml:4: zones["example.com"]: is in account 444455556666 here, in account 111122223333 by '
        'zones["example.com"] of prod.yaml:4, '
    )


def test_capacity_is_checked(tmp_path: Path) -> None:
    """A stack that would be too large is refused before anything is built."""
    domains = "".join(f"  - name: d{number}.example.com\n" for number in range(81))
    write(tmp_path, prod=GOOD.replace("  - name: example.com\n", domains))
    assert [
        f"prod.yaml:86: domains[80]: stack 'prod/ses-{region}' with 81 domains needs 486 resources, "
        "at most 480 fit; write 'stack: NAME' for the new domains, and no deployed one moves; "
        "or 'stacks: 2', which moves some: 'mailproof move prod' takes the deployed ones; "
        "only if nothing is deployed yet, 'record_sets: grouped'"
        for region in ("us-east-1", "eu-west-1")
    ] == load_problems(tmp_path)


def test_names_of_stacks_are_compared(tmp_path: Path) -> None:
    """Two environments of one account whose stacks would have one name are refused."""
    dmarc = "    dmarc: {policy: none}\n"
    write(tmp_path, prod=f"{GOOD}{dmarc}    stack: dns\n", **{"prod-dns": OTHER + dmarc})
    assert load_problems(tmp_path) == [
        (
            "prod-dns.yaml:6: domains[0]: stack 'prod-dns/dns' would have the name of stack 'prod/dns-dns', "
            "got 'mailproof-prod-dns-dns'; choose another value for 'stack', or another name for the environment"
        )
    ]


def assert_judged(folder: Path, data: bytes) -> None:
    """Load bytes as a file: what comes out is environments or an EnvironmentFileError that names the file."""
    path = folder / "prod.yaml"
    path.write_bytes(data)
    try:
        found = load_environments(folder)
    except EnvironmentFileError as err:
        problems = err.problems
    else:
        assert [environment.name for environment in found] == ["prod"]
        return
    assert problems
    assert {problem.path for problem in problems} == {str(path)}


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@anything
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe" + GOOD.encode("utf-16-le"))
@example(b"[" * 5000)
@example(b"- " * 5000)
@example(b"{a: " * 5000)
@example(b"a: &a [*a]")
def test_any_bytes_are_judged(tmp_path: Path, data: bytes) -> None:
    """Whatever stands in a file ends as an environment or in its own error."""
    assert_judged(tmp_path, data)


@anything
@given(st.integers(0, len(GOOD)), st.binary(max_size=4), st.integers(0, 4))
def test_a_good_file_with_a_hole_in_it_is_judged(tmp_path: Path, start: int, patch: bytes, length: int) -> None:
    """A damaged file ends as an environment or in its own error."""
    data = GOOD.encode()
    assert_judged(tmp_path, data[:start] + patch + data[start + length :])
    assert_judged(tmp_path, data[:start])


def test_what_is_no_file_or_has_no_end_is_not_read(tmp_path: Path) -> None:
    """A FIFO would be waited for, a device and a terabyte that takes no room on the disk have no end: a line each."""
    device, fifo, terabyte = (tmp_path / f"{name}.yaml" for name in ("device", "fifo", "terabyte"))
    device.symlink_to("/dev/zero")
    os.mkfifo(fifo)
    with terabyte.open("wb") as file:
        file.truncate(10**12)
    command = [sys.executable, "-m", "mailproof", "rollout", "plan", "--offline", "--environments", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    said = dict(line.split(": ", 1) for line in done.stderr.splitlines())
    assert said.keys() == {str(device), str(fifo), str(terabyte)}
    assert said[str(device)].startswith("is not a regular file")
    assert said[str(fifo)].startswith("is not a regular file")
    assert "is over 4,194,304 bytes" in said[str(terabyte)]
