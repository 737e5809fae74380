"""Aggregate reports as receivers write them."""

from collections.abc import Sequence

from mailproof.dmarc.aggregate import Record, Report, Verdict

DAY_S = 86_400
NOW_S = 1_795_824_000  # 2026-11-28


def row(count: object = 5, *, dkim: str = "pass", spf: str = "pass", auth: str = "", ip: str = "192.0.2.1") -> str:
    """Return one record of XML."""
    return (
        f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>none</disposition>"
        f"<dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers><header_from>Example.com</header_from>"
        f"</identifiers>{auth}</record>"
    )


def signed(domain: str, selector: str, spf: str = "") -> str:
    """Return the results of mail that is signed, and what its MAIL FROM passed for."""
    found = f"<dkim><domain>{domain}</domain><selector>{selector}</selector><result>pass</result></dkim>"
    found += f"<spf><domain>{spf}</domain><result>pass</result></spf>" if spf else ""
    return f"<auth_results>{found}</auth_results>"


def xml(*rows: str, number: int = 1, organisation: str = "receiver.example", begin: int = NOW_S - DAY_S) -> str:
    """Return a report."""
    return (
        f"<feedback><report_metadata><org_name>{organisation}</org_name><email>d@{organisation}</email>"
        f"<report_id>{number}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY_S - 1}</end></date_range>"
        "</report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>"
        f"{''.join(rows) or row()}</feedback>"
    )


def record(count: int = 100, *, aligned: bool = True, by: Sequence[Verdict] = (), address: str = "192.0.2.1") -> Record:
    """Return a record that was read."""
    return Record(address, count, "example.com", dkim_aligned=aligned, spf_aligned=False, dkim=tuple(by))


def report(
    day: int = 1, *records: Record, organisation: str = "a.example", policy: str = "none", lost: int = 0
) -> Report:
    """Return a report that was read: of the day so many days before now."""
    begin = NOW_S - day * DAY_S
    rows = records or (record(by=[Verdict("example.com", "t1", passed=True)]),)
    return Report(
        place=f"{organisation}-{day}.xml",
        organisation=organisation,
        id=str(day),
        domain="example.com",
        begin=begin,
        end=begin + DAY_S - 1,
        policy=policy,
        testing="",
        records=rows,
        declared=len(rows) + lost,
    )
