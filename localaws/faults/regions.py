"""Regions that an account has not switched on: every call there is refused as one with unknown credentials."""

from mailproof.localaws.regions import ses_regions

# Their endpoints are global, whatever region a request is signed for.
_GLOBAL_SERVICES = frozenset({"iam", "route53"})
_closed: set[tuple[str, str]] = set()
_ALL_ACCOUNTS = "*"


def switch(region: str, *, opted_in: bool, account: str = _ALL_ACCOUNTS) -> None:
    """Switch a region on or off, for one account or for all."""
    if opted_in:
        _closed.difference_update({key for key in _closed if key[0] == region and account in (key[1], _ALL_ACCOUNTS)})
    else:
        _closed.add((region, account))


def is_open(service: str, region: str, account: str) -> bool:
    """Tell whether a call reaches its service: the region is switched on and, for SES, has it."""
    if service in _GLOBAL_SERVICES:
        return True
    if _closed & {(region, account), (region, _ALL_ACCOUNTS)}:
        return False
    return service not in ("ses", "sesv2") or region in ses_regions()
