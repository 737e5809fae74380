"""Tests of the files that a person names: what is there is written to, and nothing is left half."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mailproof.output_file import can_be_written, write_file

LIMITED = """
import resource, sys
from pathlib import Path
from mailproof.output_file import write_file
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    write_file(Path(sys.argv[1]), "a text of more than ten bytes")
except OSError as err:
    print(type(err).__name__)
"""

STREAM = """
import os, sys
from pathlib import Path
from mailproof.output_file import write_file
for name in sys.argv[1:]:
    os.write(1, b"before, ")
    write_file(Path(name), name)
    os.write(1, b", after\\n")
"""


def _others(folder: Path, *names: str) -> list[str]:
    return [found.name for found in folder.iterdir() if found.name not in names]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """Only its text is another; nothing is left beside it."""
    path = tmp_path / "report.json"
    path.write_text("old and longer than the new one")
    path.chmod(mode)
    write_file(path, "new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert path.stat().st_mode & 0o777 == mode
    assert _others(tmp_path, "report.json") == []


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    """As if the shell had made it."""
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "new", "text")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("exists", [True, False], ids=["file", "dangling"])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, exists: bool) -> None:  # noqa: FBT001 -- a parameter
    """A link to the latest report, say."""
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    if exists:
        target.write_text("old")
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert _others(tmp_path / "far", "target") == []


def test_a_fifo_is_written_to(tmp_path: Path) -> None:
    """Its reader gets the text; it stays a FIFO."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=write_file, args=(fifo, "text"))
    writer.start()
    assert fifo.read_text() == "text"
    writer.join()
    assert fifo.is_fifo()
    assert can_be_written(fifo)


def test_a_device_is_written_to() -> None:
    """A full one says so."""
    write_file(Path(os.devnull), "text")
    with pytest.raises(OSError, match="No space left on device"):
        write_file(Path("/dev/full"), "text")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("how", ["| cat", '> "$FILE"; cat "$FILE"'], ids=["pipe", "file"])
def test_standard_output_by_its_name(tmp_path: Path, how: str) -> None:
    """What was written before stays in front."""
    names = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
    environment = os.environ | {"FILE": str(tmp_path / "file")}
    shell = ["sh", "-c", f'"$@" {how}', "sh", sys.executable, "-c", STREAM, *names]
    done = subprocess.run(shell, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == [f"before, {name}, after" for name in names]


@pytest.mark.parametrize("before", ["old", None], ids=["there", "new"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, before: str | None) -> None:
    """Neither half a file nor a temporary one."""
    path = tmp_path / "report"
    if before:
        path.write_text(before)
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "OSError\n"
    assert (path.read_text() if path.exists() else None) == before
    assert _others(tmp_path, "report") == []


def test_a_planted_name_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even somebody who guesses the temporary name makes us write elsewhere."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / ".mailproof-guessed").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "report", "text")
    assert not (tmp_path / "victim").exists()


def test_a_file_in_a_folder_that_is_closed_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell would."""
    path = tmp_path / "report"
    path.write_text("old and long")
    number = path.stat().st_ino
    monkeypatch.setattr("os.access", lambda found, _: Path(found) != tmp_path)
    write_file(path, "new")
    assert (path.read_text(), path.stat().st_ino) == ("new", number)
