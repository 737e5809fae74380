"""Where runs are kept: a folder, or a prefix of an S3 bucket. Each run is one object, written whole or not at all."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from typing import Any, Protocol

from mailproof.check.finding import CheckReport
from mailproof.exit_codes import UNANSWERED
from mailproof.history.kept_run import HistoryError, KeptRun, keep, read_run, write_run
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.objects import delete_object, list_objects, read_object, write_object
from mailproof.live.aws.session import ask_aws

NAME = re.compile(r"run-(?P<time>\d{8}T\d{6}Z)-[0-9a-f]{16}\.json")
TIME = "%Y%m%dT%H%M%SZ"
S3 = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700


class Unreachable(HistoryError):  # noqa: N818 -- reads as what it says
    """A bucket did not answer."""

    exit_code = UNANSWERED


class Place(Protocol):
    """Holds runs by the names of their files."""

    def names(self) -> list[str]:
        """List them."""
        ...

    def read(self, name: str) -> str:
        """Return the text of one."""
        ...

    def write(self, name: str, text: str) -> None:
        """Write one that is not there."""
        ...

    def delete(self, name: str) -> None:
        """Delete one."""
        ...

    def full(self, name: str) -> str:
        """Return its name as a person would write it."""
        ...


class Folder:
    """
    A folder; it is made, for its owner alone, when the first run is kept.

    Args:
        path: It.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """List the runs."""
        with _telling(str(self._path)):
            return [file.name for file in self._path.iterdir()] if self._path.exists() else []

    def read(self, name: str) -> str:
        """Return the text of a run."""
        with _telling(self.full(name)):
            return (self._path / name).read_bytes().decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """Write a run, for its owner alone, in one step."""
        partial = self._path / f".{name}.partial"
        with _telling(self.full(name)):
            self._path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            # O_EXCL: nobody can have put a file or link there to be written to.
            number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            try:
                with os.fdopen(number, "wb") as stream:
                    stream.write(text.encode())
                    stream.flush()
                    os.fsync(number)
                partial.replace(self._path / name)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise

    def delete(self, name: str) -> None:
        """Delete a run."""
        with _telling(self.full(name)):
            (self._path / name).unlink(missing_ok=True)

    def full(self, name: str) -> str:
        """Return the path of a run."""
        return str(self._path / name)


@contextmanager
def _telling(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise HistoryError(f"{place}: cannot be used ({err.strerror or err})") from err


class Bucket:
    """
    A prefix of an S3 bucket.

    Args:
        client: boto3's, of S3.
        bucket: The bucket.
        prefix: Begins the keys; empty, or with a slash at its end.
    """

    def __init__(self, client: Callable[[], Any], bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def names(self) -> list[str]:
        """List the runs."""
        found = self._ask("", lambda client: list(list_objects(client, self._bucket, f"{self._prefix}run-")))
        return [item["Key"].removeprefix(self._prefix) for item in found]

    def read(self, name: str) -> str:
        """Return the text of a run."""
        data: bytes = self._ask(name, lambda client: read_object(client, self._bucket, self._key(name)))
        return data.decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """Write a run; S3 shows an object whole or not at all."""
        self._ask(name, lambda client: write_object(client, self._bucket, self._key(name), text, is_new=True))

    def delete(self, name: str) -> None:
        """Delete a run."""
        self._ask(name, lambda client: delete_object(client, self._bucket, self._key(name)))

    def full(self, name: str) -> str:
        """Return the address of a run."""
        return f"s3://{self._bucket}/{self._prefix}{name}"

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _ask(self, name: str, call: Callable[[Any], Any]) -> Any:
        answer = ask_aws(lambda: call(self._client()))
        if isinstance(answer, NotFound):
            answer = Unanswered("not found")
        if isinstance(answer, Unanswered):
            raise Unreachable(f"{self.full(name)}: could not be asked ({answer})")
        return answer


class History:
    """
    The runs in one place.

    Args:
        place: Where they are.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def names(self) -> list[str]:
        """List the files of runs, the oldest first; others are none of ours."""
        return sorted(filter(NAME.fullmatch, self._place.names()))

    def runs(self) -> Iterator[KeptRun]:
        """Yield all runs, the oldest first."""
        return map(self._read, self.names())

    def latest(self) -> KeptRun | None:
        """Return the last run; None if there is none."""
        names = self.names()
        return self._read(names[-1]) if names else None

    def add(self, report: CheckReport) -> str:
        """Keep a run, and return where."""
        moment = datetime.fromisoformat(report.checked_at).astimezone(UTC)
        name = f"run-{moment:{TIME}}-{time_ns():016x}.json"
        self._place.write(name, write_run(keep(report)))
        return self._place.full(name)

    def drop_older(self, age: timedelta, now: datetime) -> int:
        """Delete the runs that are older, but not the last, and return how many."""
        old = [name for name in self.names()[:-1] if now - _time_of(name) > age]
        for name in old:
            self._place.delete(name)
        return len(old)

    def _read(self, name: str) -> KeptRun:
        return read_run(self._place.read(name), self._place.full(name))


def _time_of(name: str) -> datetime:
    found = NAME.fullmatch(name)
    return datetime.strptime(found["time"] if found else "", TIME).replace(tzinfo=UTC)


def open_history(text: str, client: Callable[[], Any]) -> History:
    """
    Open what `--history` names.

    Args:
        text: A folder, or ``s3://BUCKET/PREFIX``.
        client: Makes a client of S3; called only for a bucket.

    Raises:
        HistoryError: It is neither.
    """
    if not text.startswith("s3://"):
        if Path(text).exists() and not Path(text).is_dir():
            raise HistoryError(f"{text}: is a file; name a folder, or s3://BUCKET/PREFIX")
        return History(Folder(Path(text)))
    found = S3.fullmatch(text)
    if found is None:
        raise HistoryError(f"{text}: is not the address of a bucket; write s3://BUCKET/PREFIX")
    prefix = (found["prefix"] or "").strip("/")
    return History(Bucket(client, found["bucket"], f"{prefix}/" if prefix else ""))
