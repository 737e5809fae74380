"""Cache of a value derived from a whole ministack store, computed again only after the store changed."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Derived = TypeVar("Derived")


class StoreView(Generic[Derived]):
    """
    A cached function of a store over all accounts and regions.

    A change is seen by the number of entries and the identity of the last one: entries are added at the end, and
    whatever a view derives from an entry does not change while the entry stays.
    """

    def __init__(self, store: Any, build: Callable[[dict[Any, Any]], Derived]) -> None:
        """Derive with `build` from the store's entries, whose keys begin with the account."""
        self._store = store
        self._build = build
        self._size = -1
        self._last: object = None
        self._derived: Derived | None = None

    def get(self) -> Derived:
        """Return what is derived from the store as it is now."""
        entries: dict[Any, Any] = self._store._data
        last = next(reversed(entries.values()), None)
        if self._derived is None or len(entries) != self._size or last is not self._last:
            self._derived = self._build(dict(entries))
            self._size, self._last = len(entries), last
        return self._derived
