"""`--history`: compare a check with the last one that was kept, and keep it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mailproof.change.say import say
from mailproof.commands.errors import command_errors

if TYPE_CHECKING:
    from mailproof.check.changes import Known, Scope
    from mailproof.check.finding import CheckReport
    from mailproof.check.run import CheckOptions
    from mailproof.history.places import History
    from mailproof.model.environment import Environment


class KeptRuns:
    """
    The runs that `--history` names.

    What cannot be read is said before anything is asked.

    Args:
        place: A folder or a bucket.
        age: Older runs are deleted once this one is kept; None keeps all.
        client: Makes a client of S3.
    """

    def __init__(self, place: str, age: timedelta | None, client: Callable[[], Any]) -> None:
        from mailproof.history.places import open_history

        self._age = age
        with command_errors():
            self._history: History = open_history(place, client)
            last = self._history.latest()
        self._known: Known | None = last.known if last else None

    def compare(self, report: "CheckReport", scope: "Scope") -> "CheckReport":
        """Say what is other than in the last run."""
        from mailproof.check.changes import with_changes

        return with_changes(report, self._known, scope)

    def keep(self, report: "CheckReport") -> int:
        """Keep a run; say why if that fails, and return the exit code for it: the report is there all the same."""
        from mailproof.live.aws.pooled import utc_now
        from mailproof.model.errors import MailproofError

        try:
            self._history.add(report)
            if self._age is not None:
                self._history.drop_older(self._age, utc_now())
        except MailproofError as err:
            say(*err.lines)
            return err.exit_code
        return 0


def scope_of(environments: "Sequence[Environment]", options: "CheckOptions") -> "Scope":
    """Say what a check looks at."""
    from mailproof.check.changes import Scope

    names = [environment.name for environment in environments]
    return Scope(names, options.selection, compares_servers=options.resolver is None)
