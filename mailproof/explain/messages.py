"""Find messages in files, mailboxes, Maildirs and on standard input. Whatever cannot be read costs itself alone."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from mailproof.dmarc.report_files import MAIL_LIMIT_BYTES, lines_of, split_mailbox
from mailproof.model.safe_text import visible

STANDARD_INPUT = Path("-")
MBOX = b"From "


@dataclass(frozen=True, slots=True)
class Found:
    """
    A message as it was found.

    Attributes:
        place: Where, as it should be shown.
        message: Its bytes; None if it could not be read.
        why: Why not, lower-case, no full stop.
        is_quoted: Whether it lies in a mailbox, which quotes lines.
    """

    place: str
    message: bytes | None
    why: str = ""
    is_quoted: bool = False


def find_messages(path: Path, standard_input: BinaryIO) -> Iterator[Found]:
    """
    Yield the messages of a place: one, or those of a mailbox or a Maildir.

    Args:
        path: A file, a Maildir, or `-`.
        standard_input: What `-` stands for.
    """
    place = visible(str(path))
    try:
        if path == STANDARD_INPUT:
            yield from _read("standard input", standard_input)
        elif path.is_dir():
            yield from _read_maildir(path, place)
        elif not stat.S_ISREG(path.stat().st_mode):
            yield Found(place, None, "is not a regular file")
        else:
            with path.open("rb") as stream:
                yield from _read(place, stream)
    except (OSError, ValueError) as err:
        yield Found(place, None, f"cannot be read ({getattr(err, 'strerror', None) or err})")


def _read_maildir(folder: Path, place: str) -> Iterator[Found]:
    if not any((folder / part).is_dir() for part in ("new", "cur")):
        yield Found(place, None, "is a folder, but not a Maildir: that has folders new and cur")
        return
    for path in sorted(path for part in ("new", "cur") for path in (folder / part).glob("*") if path.is_file()):
        with path.open("rb") as stream:
            yield from _read(visible(str(path)), stream)


def _read(place: str, stream: BinaryIO) -> Iterator[Found]:
    lines = lines_of(stream)
    first = next(lines, b"")
    if first.startswith(MBOX):
        for number, message in enumerate(split_mailbox(chain([first], lines)), start=1):
            why = "" if message is not None else f"is over {MAIL_LIMIT_BYTES:,} bytes long"
            yield Found(f"{place}, message {number}", message, why, is_quoted=True)
        return
    message = first + stream.read(MAIL_LIMIT_BYTES - len(first) + 1)
    if len(message) > MAIL_LIMIT_BYTES:
        yield Found(place, None, f"is over {MAIL_LIMIT_BYTES:,} bytes long")
    else:
        yield Found(place, message)
