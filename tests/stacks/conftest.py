"""What the tests of stacks share: assemblies are only read, so that one synthesis serves them all."""

from pathlib import Path

import pytest

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from tests.stacks.assembly import Assembly, synthesise
from tests.stacks.fleets import everything

PROJECT = Path(__file__).parents[2]
EXAMPLES = sorted({path.parent for path in (PROJECT / "examples").glob("*/*.yaml")})


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of app.py."""
    return PROJECT


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    """The stacks of an environment with every kind of owner."""
    return synthesise(everything())


@pytest.fixture(scope="session")
def examples() -> dict[str, Assembly]:
    """The stacks of every example of an environment file, by the name of its folder."""
    return {folder.name: synthesise(*load_environments(folder)) for folder in EXAMPLES}


@pytest.fixture(scope="session")
def receiving_assembly(examples: dict[str, Assembly]) -> Assembly:
    """The stacks of the example of a domain that receives mail."""
    return examples["receiving"]


@pytest.fixture(scope="session")
def shipped() -> list[Environment]:
    """The environments that the project ships."""
    return load_environments(PROJECT / "environments")


@pytest.fixture(scope="session")
def shipped_assembly(shipped: list[Environment]) -> Assembly:
    """Their stacks."""
    return synthesise(*shipped)
