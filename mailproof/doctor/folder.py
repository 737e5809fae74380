"""The folder: whether it can be written, and whether its environment files can be read."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mailproof.doctor.probe import Probe, State
from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import MailproofError
from mailproof.model.wording import counted


def probe_folder(folder: Path) -> Probe:
    """Write a file, which is gone afterwards."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"mailproof")
    except OSError as err:
        fix = "work in a folder that you may write: what is synthesised is kept there"
        return Probe("folder", State.MISSING, f"{folder.absolute()} cannot be written ({err.strerror})", fix)
    return Probe("folder", State.OK, f"{folder.absolute()} can be written")


def read(folder: Path) -> tuple[Sequence[Environment], Sequence[Probe]]:
    """Read the environment files; what is wrong with them stands in the second, one problem each."""
    try:
        environments = load_environments(folder)
    except MailproofError as err:
        return (), [Probe("environments", State.MISSING, line) for line in err.lines]
    return environments, list(_count(environments))


def _count(environments: Sequence[Environment]) -> Iterator[Probe]:
    for environment in environments:
        domains, regions = counted(len(environment.domains), "domain"), counted(len(environment.regions), "region")
        what = f"{environment.name}: account {environment.account}, {domains}, {regions}"
        yield Probe("environments", State.OK, what)
