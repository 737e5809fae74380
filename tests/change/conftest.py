"""The emulator of the tests of localaws, asked in this process."""

from tests.localaws.conftest import local_aws, world

__all__ = ["local_aws", "world"]
