"""An aggregate report, as far as it says who sends in somebody's name."""

from dataclasses import dataclass
from typing import NamedTuple


class Verdict(NamedTuple):
    """
    What DKIM or SPF alone said, aligned or not.

    Attributes:
        domain: That signed, or the MAIL FROM domain.
        selector: Of DKIM; empty for SPF.
        passed: Whether it passed.
    """

    domain: str
    selector: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Record:
    """
    One row of a report.

    Attributes:
        address: That the mail came from, each in one spelling.
        count: Messages.
        header_from: Domain of From.
        dkim_aligned: Whether DKIM passed for a domain that aligns.
        spf_aligned: The same of SPF.
        dkim: Every signature that was looked at.
        spf: The MAIL FROM domain, and HELO if that was looked at.
        network: Whose network the address belongs to, as parsedmarc's list has it; empty if it does not say.
    """

    address: str
    count: int
    header_from: str
    dkim_aligned: bool
    spf_aligned: bool
    dkim: tuple[Verdict, ...] = ()
    spf: tuple[Verdict, ...] = ()
    network: str = ""

    @property
    def is_aligned(self) -> bool:
        """Whether it passed DMARC."""
        return self.dkim_aligned or self.spf_aligned

    @property
    def authenticated(self) -> list[str]:
        """Domains for which DKIM or SPF passed, those of DKIM first."""
        return list(dict.fromkeys(found.domain for found in (*self.dkim, *self.spf) if found.passed))


@dataclass(frozen=True, slots=True)
class Report:
    """
    One aggregate report.

    Attributes:
        place: Where it was found.
        organisation: That sent it.
        id: Of the organisation's.
        domain: Whose policy it is about.
        begin: Of its period, seconds since 1970.
        end: Likewise.
        policy: `p` as it was found.
        testing: `t` as it was found; empty if the report does not say.
        records: Those that could be read.
        declared: How many it has.
    """

    place: str
    organisation: str
    id: str
    domain: str
    begin: int
    end: int
    policy: str
    testing: str
    records: tuple[Record, ...]
    declared: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What a report has in common with its duplicates (RFC 9990); an organisation counts per policy domain."""
        return self.organisation.lower(), self.id, self.domain

    @property
    def messages(self) -> int:
        """All messages of the records that could be read."""
        return sum(record.count for record in self.records)
