"""
The errors of localaws.

    MailproofError
    +-- StartError        the emulator cannot start: a port is taken, ministack is another version
    LocalAwsError
    +-- ControlError      a request to a `/_localaws` path cannot be carried out
    +-- ServiceError      an emulated service refuses a call, with the code and message of AWS
"""

from mailproof.model.errors import MailproofError


class LocalAwsError(Exception):
    """Base of what the emulator answers."""


class StartError(MailproofError):
    """The emulator cannot start."""


class ControlError(LocalAwsError):
    """A request to a control path is wrong or names what is not there."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        """Keep the HTTP status beside the message."""
        super().__init__(message)
        self.status = status


class ServiceError(LocalAwsError):
    """A service refuses a call as AWS does."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        """Keep the parts of the answer."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
