"""The emulator and a zone in it."""

from tests.localaws.conftest import local_aws, world

__all__ = ["local_aws", "world"]
