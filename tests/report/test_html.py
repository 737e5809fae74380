"""Tests of the HTML page as text: what is in it, and that nothing can break out of it."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

from mailproof.check.finding import CheckedZone, Severity
from mailproof.model.safe_text import visible
from mailproof.report.html import build_html
from tests.report.samples import REGIONS, finding, identity, large, mixed, report

EVIL = "</script><script>window.pwned=1</script><!--data--><img src=x onerror=alert(1)>&lt;\u2028"
SIZE_LIMIT_BYTES = 2_000_000


class Page(HTMLParser):
    """Collects tags, and the texts of script and noscript elements."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self._within: list[str] = []
        self.noscript = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._within.append("data" if dict(attrs).get("id") == "data" else tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag."""
        while self._within and self._within.pop() not in {tag, "data"}:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._within and self._within[-1] == "data":
            self.data += data
        if "noscript" in self._within:
            self.noscript += data


def test_the_page_names_no_other_file() -> None:
    """Nothing is loaded from beside it or from the network: no source, no sheet, no import, no url()."""
    text = build_html(mixed())
    for tag, attributes in Page(text).tags:
        assert not attributes.keys() & {"src", "srcset", "action", "background"}
        assert tag not in {"iframe", "object", "embed", "img"}
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert not re.search(r"@import|url\(", text)


def test_only_its_own_script_may_run() -> None:
    """The policy allows the page's script and style by hash, nothing else and no request."""
    policies = [tag[1]["content"] for tag in Page(build_html(mixed())).tags if tag[1].get("http-equiv")]
    assert len(policies) == 1
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[^']{44}'; style-src 'sha256-[^']{44}'; "
        r"base-uri 'none'; form-action 'none'; img-src data:",
        policies[0] or "",
    )


def test_no_text_ends_the_script_or_becomes_markup() -> None:
    """What DNS answers is data, whatever is in it; it comes out as it went in, with every sign seen."""
    broken = finding(domain="example.com", region="us-east-1", observed=EVIL, expected=EVIL, fix=EVIL, name=EVIL)
    page = Page(build_html(report(None, broken)))
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert visible(EVIL) in json.loads(page.data)["texts"]
    assert "img" not in {tag for tag, _ in page.tags}


def test_without_scripts_the_findings_are_listed() -> None:
    """Verdict and findings are there to be read."""
    page = Page(build_html(mixed()))
    assert "DKIM CNAME missing (prod, example.com, eu-west-1, CNAME, 6gbrjpg" in page.noscript
    assert "Publish the record at the DNS host of example.com." in page.noscript
    assert "Mail is not fully authenticated" in build_html(mixed())


def test_without_scripts_no_mail_from_is_not_green() -> None:
    """It is right, and passes DMARC by DKIM alone."""
    text = build_html(report([identity(mail_from=None)]))
    assert '<td data-label="us-east-1" class="none">Verified, no MAIL FROM</td>' in text


def test_without_scripts_a_record_is_whole() -> None:
    """As the host of its zone wants it, the domain in Unicode with its A-label beside it."""
    domain = "xn--bcher-kva.example"
    fix = f'Publish `_dmarc.{domain}. 1800 IN TXT "v=DMARC1; p=none"`.'
    zone = CheckedZone(environment="prod", zone=domain, servers=("ns1.ui-dns.de",))
    made = report([identity(domain)], finding("dmarc-missing", domain=domain, fix=fix))
    text = Page(build_html(replace(made, zones=[zone]))).noscript
    assert "bücher.example xn--bcher-kva.example" in text
    assert "Enter atIONOSTypeTXTName (without the zone)_dmarcValuev=DMARC1; p=none" in text


def test_the_first_thing_to_do_mends_the_most_identities() -> None:
    """One record of a domain in four regions comes before three of one region; notes and warnings ask for nothing."""
    many = [identity(region=region) for region in REGIONS]
    tokens = [finding(domain="example.com", region="us-east-1", name=name) for name in "abc"]
    todo = '<p class="fix"><b>First thing to do</b> No DMARC record (example.com): publish it</p>'
    assert todo in build_html(report(many, *tokens, finding("dmarc-missing", domain="example.com")))
    assert "First thing to do" not in build_html(report(many, finding(severity=Severity.WARNING)))


def test_the_list_without_scripts_is_bounded() -> None:
    """A long list says how much of it is left out."""
    assert "… and 1,040 more." in Page(build_html(large())).noscript


def test_a_thousand_domains_stay_small() -> None:
    """A text is held once: 4,000 identities and 1,240 findings fit into two megabytes."""
    assert len(build_html(large()).encode()) < SIZE_LIMIT_BYTES


def test_nothing_checked_is_a_page_too() -> None:
    """An empty report says so."""
    assert "<h1>Nothing was checked</h1>" in build_html(report([]))


def test_all_well_is_said() -> None:
    """The verdict of a clean report is verified."""
    text = build_html(report([identity()]))
    assert 'data-verdict="verified"' in text
    assert "1 of 1 identity can send authenticated mail." in text


def test_each_cell_says_when_ses_was_asked_if_that_was_before_the_check() -> None:
    """Else the time of the check says it."""
    before, since = "2026-11-23T08:30:00+00:00", "2026-11-24T08:30:01+00:00"
    texts = [
        json.loads(Page(build_html(report([identity(f"{one[:10]}.example", asked_at=one) for one in times]))).data)[
            "texts"
        ]
        for times in ([before, since], [since])
    ]
    assert {f"SES asked {before}", f"SES asked {since}"} <= set(texts[0])
    assert not [text for text in texts[1] if text.startswith("SES asked")]
