"""Read all reports of some paths, each once."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import active_children, get_context
from os import cpu_count
from pathlib import Path

from mailproof.change.errors import CommandError
from mailproof.dmarc.aggregate import Report
from mailproof.dmarc.report_files import Packed, Unread, find_files, unpack_file
from mailproof.exit_codes import UNANSWERED, USAGE

FILES_FOR_A_PROCESS = 100
FILES_AT_ONCE = 10  # handed to a process
EXTRA = "pip install 'mailproof[reports]'"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What was read.

    Attributes:
        reports: Each once, by the end of their periods.
        unread: What could not be read.
        duplicates: How many were there again.
    """

    reports: tuple[Report, ...]
    unread: tuple[Unread, ...] = ()
    duplicates: int = 0

    @property
    def lost_records(self) -> list[Unread]:
        """Reports of which records could not be read, with how many."""
        return [
            Unread(report.place, f"{len(report.records):,} of {report.declared:,} records read")
            for report in self.reports
            if len(report.records) < report.declared
        ]

    @property
    def declared(self) -> int:
        """Records that the reports have."""
        return sum(report.declared for report in self.reports)

    @property
    def read(self) -> int:
        """Records that could be read."""
        return sum(len(report.records) for report in self.reports)


def read_reports(paths: Sequence[Path], done: Callable[[], None] = lambda: None) -> Reading:
    """
    Read files, folders and mailboxes.

    Args:
        paths: They.
        done: Called after each file.

    Raises:
        CommandError: parsedmarc is not installed.
    """
    if find_spec("parsedmarc") is None:
        raise CommandError(f"reports are read by parsedmarc, which is not installed: {EXTRA}", USAGE)
    reports: dict[tuple[str, str, str], Report] = {}
    unread: list[Unread] = []
    duplicates = 0
    for found in _read_all(paths, done):
        if isinstance(found, Unread):
            unread.append(found)
        elif found.key in reports:
            duplicates += 1
        else:
            reports[found.key] = found
    return Reading(tuple(sorted(reports.values(), key=lambda report: report.end)), tuple(unread), duplicates)


def _read_all(paths: Sequence[Path], done: Callable[[], None]) -> Iterator[Report | Unread]:
    files: list[Path] = []
    for found in find_files(paths):
        if isinstance(found, Unread):
            yield found
        else:
            files.append(found)
    for outcome in _read_each(files):
        yield from outcome
        done()


def _read_each(files: Sequence[Path]) -> Iterator[list[Report | Unread]]:
    """Read many files by all processors; to start a process takes as long as a few dozen reports."""
    workers = min(cpu_count() or 1, len(files) // FILES_FOR_A_PROCESS)
    if workers < 2:  # noqa: PLR2004 -- one is here already
        yield from map(_read_file, files)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_leave_ctrl_c_to_the_command)
    try:
        yield from pool.map(_read_file, files, chunksize=FILES_AT_ONCE)
    except BrokenProcessPool as err:
        what = "a process that read reports was ended from outside, for want of memory perhaps; read them in parts"
        raise CommandError(what, UNANSWERED) from err
    finally:
        for child in active_children():  # one that reads a large report would go on for long
            child.terminate()
        pool.shutdown(cancel_futures=True)


def _leave_ctrl_c_to_the_command() -> None:
    """Leave Ctrl-C to the command, which ends the processes and says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_file(path: Path) -> list[Report | Unread]:
    from mailproof.dmarc.report_reader import read_report  # noqa: PLC0415 -- with parsedmarc, which is an extra

    return [read_report(found) if isinstance(found, Packed) else found for found in unpack_file(path)]
