"""Short ways to read environment files in tests."""

from pathlib import Path
from types import MappingProxyType

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError
from mailproof.model.own_key import Keys
from mailproof.model.resolve import EnvironmentReader

PROD = "environments/prod.yaml"
HEAD = """\
account: "111122223333"
regions: [us-east-1, eu-west-1]
zones:
  example.com: {id: Z1}
"""
GOOD = f"{HEAD}domains:\n  - name: example.com\n"


def read(text: str, path: str = PROD, keys: Keys | None = MappingProxyType({})) -> Environment:
    """Read a file in which nothing is wrong."""
    reader = EnvironmentReader(path, text, keys)
    assert reader.problems == [], [str(p) for p in reader.problems]
    assert reader.environment is not None
    return reader.environment


def problems(text: str, path: str = PROD) -> list[str]:
    """Read a file and return what is wrong with it."""
    return [str(problem) for problem in EnvironmentReader(path, text).problems]


def environment(domains: str, head: str = HEAD, path: str = PROD) -> Environment:
    """Read a file of some domains."""
    return read(f"{head}domains:\n{domains}", path)


def write(folder: Path, **files: str) -> Path:
    """Write environment files."""
    for stem, text in files.items():
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
    return folder


def load_problems(folder: Path, *names: str) -> list[str]:
    """Load a folder that cannot be used and return what is wrong, the folder cut off the paths."""
    try:
        load_environments(folder, *names)
    except EnvironmentFileError as err:
        return str(err).replace(f"{folder}/", "").splitlines()
    return []
