"""
Find the reports in files, folders and mailboxes, and unpack them within limits.

Anybody may send a report, so that every file is somebody else's: what is not a regular file is not opened, links in
folders are not followed, nothing grows without bound, and whatever fails costs its own file alone.
"""

import email
import email.policy
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mailproof.model.safe_text import visible

REPORT_LIMIT_BYTES = 100 * 1024 * 1024  # unpacked; 100,000 records take some 60
MAIL_LIMIT_BYTES = 64 * 1024 * 1024
MEMBERS_LIMIT = 1_000  # of one archive, or parts of one mail
DEPTH_LIMIT = 4  # a mail in a mail, an archive in it, a file in that

GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
MBOX = b"From "
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
HEADER = re.compile(rb"[!-9;-~]+:[ \t]")
REPORT_NAME = re.compile(r"\.(xml|gz|zip)$", re.IGNORECASE)
REPORT_TYPES = frozenset(
    f"{kind}/{name}"
    for kind in ("application", "text")
    for name in ("xml", "gzip", "x-gzip", "zip", "x-zip-compressed", "x-zip", "octet-stream")
)


@dataclass(frozen=True, slots=True)
class Packed:
    """
    A report as it was found.

    Attributes:
        place: Where, as it should be shown.
        data: XML.
    """

    place: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """
    What could not be read.

    Attributes:
        place: Where, as it should be shown.
        why: What is wrong, lower-case, no full stop.
    """

    place: str
    why: str

    def __str__(self) -> str:
        """Show it as ``reports/a.zip: is not a zip archive``."""
        return f"{self.place}: {self.why}"


class NoReportError(Exception):
    """Something is not a report, or cannot be unpacked; says what is wrong."""


def find_files(paths: Sequence[Path]) -> Iterator[Path | Unread]:
    """List the files to read: those named, and all regular files in folders named, by name."""
    for path in paths:
        try:
            mode = path.stat().st_mode  # a link that a person names is meant
        except (OSError, ValueError) as err:
            yield Unread(visible(str(path)), f"cannot be read ({getattr(err, 'strerror', None) or err})")
            continue
        yield from _within(path) if stat.S_ISDIR(mode) else [_regular(path, mode)]


def _within(folder: Path) -> Iterator[Path | Unread]:
    failed: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted([*names, *(name for name in folders if (Path(where) / name).is_symlink())]):
            path = Path(where) / name
            try:
                yield _regular(path, path.lstat().st_mode)
            except OSError as err:
                failed.append(err)
    for failure in failed:
        yield Unread(visible(str(failure.filename)), f"cannot be read ({failure.strerror})")


def _regular(path: Path, mode: int) -> Path | Unread:
    if stat.S_ISREG(mode):
        return path
    why = "is a link, which is not followed" if stat.S_ISLNK(mode) else "is not a regular file"
    return Unread(visible(str(path)), why)


def unpack_file(path: Path) -> Iterator[Packed | Unread]:
    """Yield the reports of a file: one, those of an archive or a mail, or those of all mails of a mailbox."""
    place = visible(str(path))
    try:
        # Between the look and the opening a FIFO may have taken the place of a file: it would be waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                yield Unread(place, "is not a regular file")
            elif stream.peek(len(MBOX))[: len(MBOX)] == MBOX:
                yield from _unpack_mailbox(stream, place)
            else:
                yield from unpack(_read_limited(stream), place)
    except (OSError, NoReportError) as err:
        yield Unread(place, f"cannot be read ({err.strerror})" if isinstance(err, OSError) else str(err))


def unpack(data: bytes, place: str, depth: int = 0) -> Iterator[Packed | Unread]:
    """Yield the reports in some bytes: XML, gzip, a zip archive or a mail."""
    if depth > DEPTH_LIMIT:
        yield Unread(place, "is packed too deep")
        return
    try:
        yield from _unpack(data, place, depth)
    except NoReportError as err:
        yield Unread(place, str(err))
    except RecursionError:
        yield Unread(place, "is nested too deep")
    except (zipfile.BadZipFile, zlib.error, EOFError) as err:
        yield Unread(place, f"is damaged: {visible(str(err))}")
    except (RuntimeError, NotImplementedError, ValueError, LookupError, OSError) as err:
        yield Unread(place, f"cannot be unpacked: {visible(str(err))}")  # encrypted, or packed in an unusual way


def _unpack(data: bytes, place: str, depth: int) -> Iterator[Packed | Unread]:
    if data.startswith(GZIP):
        yield from unpack(_gunzip(data), place, depth + 1)
    elif data.startswith((ZIP, EMPTY_ZIP)):
        yield from _unpack_zip(data, place, depth)
    elif data.startswith(BYTE_ORDER_MARKS) or data.lstrip()[:1] == b"<":
        yield Packed(place, data)
    elif HEADER.match(data):
        yield from _unpack_mail(data, place, depth)
    else:
        raise NoReportError(
            "is not an aggregate report: neither XML nor gzip, zip or a mail" if data.strip() else "is empty"
        )


def _read_limited(stream: io.BufferedIOBase) -> bytes:
    data = stream.read(REPORT_LIMIT_BYTES + 1)
    if len(data) > REPORT_LIMIT_BYTES:
        raise NoReportError(f"is over {REPORT_LIMIT_BYTES:,} bytes")
    return data


def _gunzip(data: bytes) -> bytes:
    """Unpack all members of a gzip file, which count as one text."""
    found = bytearray()
    while data.startswith(GZIP):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        found += member.decompress(data, REPORT_LIMIT_BYTES + 1 - len(found))
        if len(found) > REPORT_LIMIT_BYTES:
            raise NoReportError(f"is over {REPORT_LIMIT_BYTES:,} bytes unpacked")
        if not member.eof:
            raise EOFError("the gzip file ends too early")
        data = member.unused_data
    return bytes(found)


def _unpack_zip(data: bytes, place: str, depth: int) -> Iterator[Packed | Unread]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > MEMBERS_LIMIT:
            raise NoReportError(f"is an archive of {len(members):,} files; over {MEMBERS_LIMIT:,} are not read")
        if not members:
            raise NoReportError("is an empty archive")
        left = REPORT_LIMIT_BYTES
        for member in members:
            with archive.open(member) as stream:
                unpacked = stream.read(left + 1)
            left -= len(unpacked)
            if left < 0:
                raise NoReportError(f"is over {REPORT_LIMIT_BYTES:,} bytes unpacked")
            yield from unpack(unpacked, f"{place}: {visible(member.filename)}", depth + 1)


def _unpack_mail(data: bytes, place: str, depth: int) -> Iterator[Packed | Unread]:
    """Unpack every attachment that may be a report; texts and pictures of a mail are none."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    found = False
    for number, part in enumerate(message.walk()):
        if number > MEMBERS_LIMIT:
            raise NoReportError(f"is a mail of over {MEMBERS_LIMIT:,} parts")
        if not part.is_multipart() and _may_be_report(part):
            found = True
            payload = part.get_payload(decode=True)
            name = visible(str(part.get_filename() or "attachment"))
            yield from unpack(payload if isinstance(payload, bytes) else b"", f"{place}: {name}", depth + 1)
    if not found:
        raise NoReportError("is a mail without a report")


def _may_be_report(part: Message) -> bool:
    return part.get_content_type() in REPORT_TYPES or bool(REPORT_NAME.search(str(part.get_filename() or "")))


def _unpack_mailbox(stream: io.BufferedReader, place: str) -> Iterator[Packed | Unread]:
    """Unpack a mailbox mail by mail; only one is held at a time."""
    for number, mail in enumerate(split_mailbox(lines_of(stream)), start=1):
        where = f"{place}: mail {number:,}"
        if mail is None:
            yield Unread(where, f"is over {MAIL_LIMIT_BYTES:,} bytes")
        else:
            yield from unpack(mail, where)


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines; one that has no end in parts of `MAIL_LIMIT_BYTES`."""
    return iter(partial(stream.readline, MAIL_LIMIT_BYTES), b"")


def split_mailbox(all_lines: Iterable[bytes]) -> Iterator[bytes | None]:
    """Divide a mailbox where a line begins with "From " behind an empty one; None stands for a mail too large."""
    lines: list[bytes] = []
    size, is_after_blank = 0, True
    is_begun = False
    for line in all_lines:
        if is_after_blank and line.startswith(MBOX):
            if is_begun:
                yield b"".join(lines) if size <= MAIL_LIMIT_BYTES else None
            lines, size, is_begun = [], 0, True
        else:
            size += len(line)
            if size <= MAIL_LIMIT_BYTES:
                lines.append(line)
            else:
                lines.clear()
        is_after_blank = not line.strip()
    if is_begun:
        yield b"".join(lines) if size <= MAIL_LIMIT_BYTES else None
