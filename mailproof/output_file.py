"""Write the files that a person names: whole or not at all, and to what is there."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

STANDARD_STREAMS = (1, 2)
OPEN_FILES = (Path("/dev"), Path("/proc"))
"""Where files are named that are open already; to exchange one would leave whoever holds it with the old one."""


def write_file(path: Path, text: str) -> None:
    """
    Write a text, its line ends as they are.

    A regular file is exchanged in one step for a whole new one of its mode and owner; through a link, the file that it
    leads to. Whatever else is there, a device or a FIFO say, is written to.

    Raises:
        OSError: It cannot be written; a regular file is then as it was.
    """
    target = Path(os.path.realpath(path))
    if _is_exchangeable(path, target):
        _exchange(target, text.encode())
        return
    with os.fdopen(_open_in_place(path), "wb") as stream:
        stream.write(text.encode())


def can_be_written(path: Path) -> bool:
    """Tell whether a text can be written there, as far as that is known beforehand."""
    there = path if path.exists() else Path(os.path.realpath(path)).parent
    return not path.is_dir() and os.access(there, os.W_OK)


def _is_exchangeable(path: Path, target: Path) -> bool:
    if not path.exists():
        return True
    is_open = _stream_of(path) is not None or any(place in path.absolute().parents for place in OPEN_FILES)
    return path.is_file() and not is_open and os.access(target.parent, os.W_OK)


def _stream_of(path: Path) -> int | None:
    """Return the standard stream that writes to the same file, if one does."""
    found = path.stat()
    return next((number for number in STANDARD_STREAMS if os.path.samestat(found, os.fstat(number))), None)


def _open_in_place(path: Path) -> int:
    if (stream := _stream_of(path)) is not None:
        return os.dup(stream)  # behind what it has written already
    is_open = any(place in path.absolute().parents for place in OPEN_FILES)
    return os.open(path, os.O_WRONLY | (os.O_APPEND if is_open else os.O_TRUNC))


def _exchange(target: Path, data: bytes) -> None:
    partial = target.with_name(f".mailproof-{secrets.token_hex(8)}")
    # O_EXCL: nobody can have put a file or link there to be written to.
    number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
            if target.exists():
                _copy_owner_and_mode(target, number)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _copy_owner_and_mode(target: Path, number: int) -> None:
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "is read-only", str(target))
    found = target.stat()
    with suppress(PermissionError):  # the file of another user becomes one's own
        os.fchown(number, found.st_uid, found.st_gid)
    os.fchmod(number, stat.S_IMODE(found.st_mode))
