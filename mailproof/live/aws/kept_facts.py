"""
What SES has said of identities, and when it was asked, kept in a file: the next check need not ask for all again.

It is an SQLite file for its owner alone, which several processes may use at once and which a killed one leaves whole.
It holds names and states, which DNS shows to everybody as well, no tags and no credentials.
"""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import AwareDatetime, TypeAdapter

from mailproof.live.aws.ses import ListedIdentity, ListedRegion
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.model.errors import MailproofError, describe

MAX_AGE = timedelta(hours=24)
APPLICATION_ID = 0x6D70_7266
VERSION = 1
BUSY_S = 30.0
WRITE_EVERY_S = 1.0
MAGIC = b"SQLite format 3\0"
VERSION_AT, APPLICATION_AT, HEADER_SIZE = 60, 68, 100  # https://www.sqlite.org/fileformat.html#the_database_header
IN_MEMORY = ":memory:"
NEW_FILE = "name a file that is not there yet, or one that --state has made"
START_ANEW = "delete it: everything is then asked for again"
OTHER_PLACE = "name another file, on a local disk, or leave --state out"

SCHEMA = """
CREATE TABLE IF NOT EXISTS identities (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    listed TEXT NOT NULL,
    facts TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    in_doubt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, region, name)
) WITHOUT ROWID
"""
SAVE = """
INSERT INTO identities (account, region, name, endpoint, listed, facts, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    endpoint = excluded.endpoint, listed = excluded.listed, facts = excluded.facts, asked_at = excluded.asked_at
WHERE excluded.asked_at >= identities.asked_at OR identities.asked_at > ?
"""
NAMES = "SELECT name FROM identities WHERE account = ? AND region = ?"
FIND = """
SELECT name, listed, facts, asked_at FROM identities WHERE account = ? AND region = ? AND endpoint = ? AND NOT in_doubt
"""
DOUBT = "UPDATE identities SET in_doubt = 1 WHERE account = ? AND region = ? AND name = ?"
TRUST = "UPDATE identities SET in_doubt = 0 WHERE account = ? AND region = ? AND name = ? AND in_doubt"
FORGET = "DELETE FROM identities WHERE account = ? AND region = ? AND name = ?"

_FACTS = TypeAdapter(IdentityFacts)
_TIME = TypeAdapter(AwareDatetime)


class StateFileError(MailproofError):
    """A state file cannot be used; it is left as it is."""


@dataclass(frozen=True, slots=True)
class KeptIdentity:
    """
    What SES said of an identity.

    Attributes:
        facts: What it said, without tags.
        asked_at: When it was asked.
    """

    facts: IdentityFacts
    asked_at: datetime


class KeptFacts:
    """
    The facts in one state file.

    Once something could not be read or written, nothing more is, and a check goes on without: see `problem`.

    Args:
        connection: To the database, in autocommit mode.
        max_age: Older facts are not used.

    Attributes:
        problem: Why; None as long as nothing has failed.
    """

    def __init__(self, connection: sqlite3.Connection, max_age: timedelta) -> None:
        self._connection = connection
        self._max_age = max_age
        self._changes: list[tuple[str, tuple[object, ...]]] = []
        self._written_s = monotonic()
        self.problem: str | None = None

    def region(self, account: str, region: str, now: Callable[[], datetime]) -> "KeptRegion":
        """
        Return the part of one region.

        Args:
            account: Whose identities they are.
            region: AWS region.
            now: Tells the time.
        """
        return KeptRegion(self, account, region, now, self._max_age)

    def read(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return rows; none once something has failed."""
        if self.problem is None:
            with self._noting_problems():
                return self._connection.execute(statement, parameters).fetchall()
        return []

    def change(self, statement: str, *parameters: object) -> None:
        """Change a row, before long: several at once, so that no other process waits for this one."""
        self._changes.append((statement, parameters))
        if monotonic() - self._written_s > WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write all changes."""
        changes, self._changes = self._changes, []
        self._written_s = monotonic()
        if changes and self.problem is None:
            with self._noting_problems(), _transaction(self._connection):
                for statement, parameters in changes:
                    self._connection.execute(statement, parameters)

    def close(self) -> None:
        """Write all changes, and let go of the file."""
        self.write()
        self._connection.close()

    @contextmanager
    def _noting_problems(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError) as err:  # the latter for damage, too
            self.problem = self.problem or str(err)


class KeptRegion:
    """
    The facts of one account and region.

    Args:
        file: Where they are kept.
        account: AWS account id.
        region: AWS region.
        now: Tells the time.
        max_age: Older facts are not used.
    """

    def __init__(
        self, file: KeptFacts, account: str, region: str, now: Callable[[], datetime], max_age: timedelta
    ) -> None:
        self._file = file
        self._key = (account, region)
        self._now = now
        self._max_age = max_age
        self._endpoint = ""
        self._listed: Mapping[str, ListedIdentity] = {}

    def find(self, listed: ListedRegion) -> dict[str, KeptIdentity]:
        """
        Return what need not be asked for again, and forget what is gone.

        That is what was verified and beyond doubt when it was asked for, not long ago, and is listed as it was then.

        Args:
            listed: All identities of the region.
        """
        self._endpoint, self._listed = listed.endpoint, listed.identities
        for (name,) in self._file.read(NAMES, *self._key):
            if name not in self._listed:
                self._file.change(FORGET, *self._key, name)
        self._file.write()
        rows = self._file.read(FIND, *self._key, self._endpoint)
        found = {
            name: _read(text, asked_at) for name, state, text, asked_at in rows if state == self._listed[name].state
        }
        return {name: kept for name, kept in found.items() if kept and self._is_usable(kept)}

    def save(self, name: str, facts: IdentityFacts, asked_at: datetime) -> None:
        """Keep what SES said of an identity, unless the list does not have it."""
        if listed := self._listed.get(name):
            text = _FACTS.dump_json(facts, exclude={"tags"}).decode()
            when, now = _write_time(asked_at), _write_time(self._now())
            self._file.change(SAVE, *self._key, name, self._endpoint, listed.state, text, when, now)

    def write(self) -> None:
        """Write all changes: what follows may take long, and be killed."""
        self._file.write()

    def doubt(self, names: Iterable[str]) -> None:
        """Have identities asked for each time, until a check has found nothing about them."""
        for name in names:
            self._file.change(DOUBT, *self._key, name)
        self._file.write()

    def trust(self, names: Iterable[str]) -> None:
        """End that: a check has looked at SES and DNS, and found nothing."""
        for name in names:
            self._file.change(TRUST, *self._key, name)
        self._file.write()

    def _is_usable(self, kept: KeptIdentity) -> bool:
        return _is_verified(kept.facts) and timedelta(0) <= self._now() - kept.asked_at < self._max_age


def _read(text: str, asked_at: str) -> KeptIdentity | None:
    """Read a row; None if another version has written it."""
    try:
        return KeptIdentity(_FACTS.validate_json(text), _TIME.validate_python(asked_at))
    except ValueError:
        return None


def _is_verified(facts: IdentityFacts) -> bool:
    return {facts.verification_status, facts.dkim_status, facts.mail_from_status or SUCCESS} == {SUCCESS}


def _write_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


@contextmanager
def open_kept_facts(path: Path | None, max_age: timedelta = MAX_AGE) -> Iterator[KeptFacts]:
    """
    Open a state file, or make it.

    Args:
        path: The file; None keeps the facts no longer than this process lasts.
        max_age: Older facts are not used.

    Raises:
        StateFileError: It is another file, or cannot be used; it is then as it was.
    """
    try:
        connection = _connect(path)
    except (OSError, sqlite3.Error) as err:
        why = (err.strerror if isinstance(err, OSError) else None) or str(err)
        raise StateFileError(describe(f"{path}: cannot be used as a state file ({why})", todo=OTHER_PLACE)) from err
    kept = KeptFacts(connection, max_age)
    try:
        yield kept
    finally:
        kept.close()


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        _prepare(path)
    connection = sqlite3.connect(path or IN_MEMORY, timeout=BUSY_S, isolation_level=None)
    try:
        _look_for_damage(path, connection)
        with _transaction(connection):  # another process may be making the file in this moment
            connection.execute(SCHEMA)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except (sqlite3.Error, StateFileError):
        connection.close()
        raise
    return connection


def _look_for_damage(path: Path | None, connection: sqlite3.Connection) -> None:
    """Refuse a file that is cut off or overwritten: SQLite would use what it can still read of it, and write to it."""
    try:
        ((found,),) = connection.execute("PRAGMA quick_check(1)")
    except sqlite3.OperationalError:  # that another program holds it, say
        raise
    except (sqlite3.Error, UnicodeError) as err:
        found = str(err)
    if found != "ok":
        raise StateFileError(describe(f"{path}: is damaged ({' '.join(found.split())})", todo=START_ANEW))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Change the database whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield


def _prepare(path: Path) -> None:
    """
    Make the file for its owner alone, or look whether it is one of ours.

    SQLite itself would take any database, and repair it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StateFileError(describe(f"{path}: is not a file", todo=NEW_FILE)) from None
        _check_header(path)


def _check_header(path: Path) -> None:
    with path.open("rb") as stream:
        header = stream.read(HEADER_SIZE)
    if not header:
        return  # just made, by another process or by hand
    application, version = (int.from_bytes(header[at : at + 4]) for at in (APPLICATION_AT, VERSION_AT))
    if not header.startswith(MAGIC) or application != APPLICATION_ID:
        raise StateFileError(describe(f"{path}: is not a state file of mailproof", todo=NEW_FILE))
    if version > VERSION:
        raise StateFileError(describe(f"{path}: was written by a later version of mailproof", todo=NEW_FILE))
