"""What the tests of the rollout share: environments, and their assembly, which is only read."""

from pathlib import Path

import pytest

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.waves import Wave, build_rollout
from tests.rollout.world import PIPELINE, synthesise, write_environments


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment files."""
    return write_environments(tmp_path_factory.mktemp("rollout") / "environments")


@pytest.fixture(scope="session")
def environments(folder: Path) -> list[Environment]:
    """The environments, read."""
    return load_environments(folder)


@pytest.fixture(scope="session")
def waves(environments: list[Environment]) -> list[Wave]:
    """The rollout of all of them."""
    return build_rollout(environments)


@pytest.fixture(scope="session")
def assembly(folder: Path) -> Path:
    """The folder of their assembly, the pipeline in it."""
    pipeline = folder.parent / "pipeline.yaml"
    pipeline.write_text(PIPELINE, encoding="utf-8")
    return synthesise(folder, folder.parent / "cdk.out", pipeline=str(pipeline))
