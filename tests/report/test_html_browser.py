"""Tests of the HTML page in a real browser: seen, filtered, printed and used by keyboard."""

import base64
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.report.conftest import Show
from tests.report.samples import finding, large, mixed, report, whole

OPEN_LIMIT_S = 2.0
TRIES = 3
LAID_OUT = "return document.querySelectorAll('tbody tr').length + 0 * document.body.offsetHeight"
WAIT_S = 5
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


def _all(page: webdriver.Chrome, selector: str) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, selector)


def _one(page: webdriver.Chrome, selector: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, selector)


def _cell(page: webdriver.Chrome, label: str) -> WebElement:
    return _one(page, f"[aria-label^='{label}']")


def _press(page: webdriver.Chrome, *keys: str) -> str:
    """Press keys one after the other and tell what has the focus then."""
    for key in keys:
        page.switch_to.active_element.send_keys(key)
    focused: str = page.execute_script(
        "const e = document.activeElement; return e.getAttribute('aria-label') || e.textContent"
    )
    return focused


def _filter(page: webdriver.Chrome, text: str, expected: str) -> None:
    field = _one(page, "#find")
    field.clear()
    field.send_keys(text)
    WebDriverWait(page, WAIT_S).until(lambda _: _one(page, "#shown").text == expected)


def _domains(page: webdriver.Chrome) -> list[str]:
    return [name.text for name in _all(page, "tbody tr:not(.env) .name") if name.is_displayed()]


def test_nothing_is_loaded_and_nothing_fails(show: Show) -> None:
    """The browser makes no request beside the page and reports no error, not even of the policy."""
    page = show(mixed())
    assert page.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("example.com, us-east-1", "Error, No DMARC record, of the whole domain, zone or region"),
        ("example.com, eu-west-1", "Error, DKIM CNAME missing, 3 findings"),
        ("news.example.com, us-east-1", "Not asked for"),
        ("news.example.com, eu-west-1", "Warning, DKIM key of 1024 bits"),
        ("news.example.com, ap-southeast-2", "Verified"),
        ("partner.example, us-east-1", "Error, Zone not delegated, of the whole domain, zone or region"),
    ],
)
def test_a_cell_says_its_state(show: Show, label: str, state: str) -> None:
    """In words, for who does not see the colour."""
    assert _cell(show(mixed()), f"{label}:").get_attribute("aria-label") == f"{label}: {state}"


def test_a_cell_opens_to_expected_observed_and_fix(show: Show) -> None:
    """One click shows each record of the cell, the fix once, and what else concerns it."""
    page = show(mixed())
    _cell(page, "example.com, eu-west-1:").click()
    text = _one(page, "#detail").text
    assert text.count("Publish the record at the DNS host of example.com.") == 1
    for part in (
        "6gbrjpgwjskckoa6a5zn6fwqkn67xbtw._domainkey.example.com",
        "6gbrjpgwjskckoa6a5zn6fwqkn67xbtw.dkim.amazonses.com",
        "brjpgwjskckoa6a5zn6fwqkn67xbtw6g.dkim.amazonses.com",
        "Observed\nnone",
        "example.com, all regions",
        "No DMARC record",
        "environments/prod.yaml:14",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("[aria-label^='example.com, all regions']", "_dmarc.example.com"),
        ("[aria-label^='partner.example, all regions']", "Zone partner.example"),
        ("[aria-label^='prod, ap-southeast-2, whole region']", "sandbox, 200 messages a day"),
    ],
    ids=["domain", "zone", "region"],
)
def test_headers_open_what_concerns_a_whole_row_or_column(show: Show, selector: str, expected: str) -> None:
    """Findings without a region, or without a domain, are one click away."""
    page = show(mixed())
    _one(page, selector).click()
    assert expected in _one(page, "#detail").text


def test_one_environment_has_its_regions_in_the_column_heads(show: Show) -> None:
    """Without rows of environments the head of a column opens what concerns the region."""
    page = show(report(None, finding("sending-paused", region="us-east-1", observed="off, SHUTDOWN")))
    _one(page, "th[aria-label^='us-east-1, whole region: Error']").click()
    assert "off, SHUTDOWN" in _one(page, "#detail").text


def test_the_keyboard_reaches_everything(show: Show) -> None:
    """Arrows, Home and End move, Enter opens, Escape closes and the focus is back where it was."""
    page = show(mixed())
    page.execute_script("document.querySelector('#grid [tabindex=\"0\"]').focus()")
    assert _press(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT).startswith("example.com, us-east-1")
    assert _press(page, Keys.END).startswith("example.com, ap-southeast-2")
    assert _press(page, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).startswith("example.com, eu-west-1")
    assert _press(page, Keys.ENTER) == "example.com"
    assert _one(page, "#detail").is_displayed()
    assert _press(page, Keys.ESCAPE).startswith("example.com, eu-west-1")
    assert not _one(page, "#detail").is_displayed()
    assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert (
        _press(page, "/") == "Filter domains and findings"
        or page.switch_to.active_element.get_attribute("id") == "find"
    )


def test_problems_are_stepped_through(show: Show) -> None:
    """The next problem is one key away, without going back to the matrix."""
    page = show(mixed())
    _cell(page, "example.com, us-east-1:").click()
    seen = [_one(page, "#detail-where").text]
    while _one(page, "#next").is_enabled():
        _one(page, "#next").click()
        seen.append(_one(page, "#detail-title").text + " " + _one(page, "#detail-where").text)
    assert len(seen) == 5
    assert seen[-1] == "news.example.com prod · eu-west-1 · environments/prod.yaml:18"


def test_text_filters_domains_and_findings(show: Show) -> None:
    """A rule, a record or a value finds the domains that have it."""
    page = show(mixed())
    _filter(page, "pct", "1 of 4 domains")
    assert _domains(page) == ["news.example.com"]
    assert [rule.text for rule in _all(page, "#list .rule")] == ["dmarc-removed-tags"]
    _filter(page, "prod missing", "2 of 4 domains")
    _filter(page, "nothing-like-it", "0 of 4 domains")
    assert _one(page, "#no-rows").is_displayed()
    _one(page, "#find").send_keys(Keys.ESCAPE)
    assert len(_domains(page)) == 4


def test_severities_filter(show: Show) -> None:
    """Each is a switch; two show what either shows."""
    page = show(mixed())
    _one(page, "button.warning").click()
    assert _domains(page) == ["news.example.com"]
    assert [rule.text for rule in _all(page, "#list .rule")] == ["account-in-sandbox", "dkim-key-1024"]
    _one(page, "button.error").click()
    assert _domains(page) == ["example.com", "partner.example", "news.example.com"]
    assert _one(page, "button.error").get_attribute("aria-pressed") == "true"


def test_the_list_reaches_every_finding(show: Show) -> None:
    """A rule opens to its findings, each of which opens its cell."""
    page = show(mixed())
    for summary in _all(page, "summary"):
        summary.click()
    WebDriverWait(page, WAIT_S).until(lambda _: len(_all(page, "#list .facts")) == len(mixed().findings))
    _one(page, "#list .link").click()
    assert _one(page, "#detail-title").text == "example.com"


def test_hostile_texts_stay_texts(show: Show) -> None:
    """Markup in a DNS answer is shown, not run."""
    evil = "</script><script>window.pwned=1</script><img src=x onerror='window.pwned=1'>"
    page = show(report(None, finding(domain="example.com", region="us-east-1", name=evil, observed=evil, fix=evil)))
    _cell(page, "example.com, us-east-1:").click()
    assert evil in _one(page, "#detail").text
    assert page.execute_script("return window.pwned") is None
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_thousand_domains_open_in_two_seconds(show: Show) -> None:
    """4,000 identities, from the start of loading to the matrix laid out."""
    made = large()
    opened_s = []
    for _ in range(TRIES):  # the best counts: another process may have the processor
        page = show(made)
        assert page.execute_script(LAID_OUT) == 1000
        opened_s.append(page.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
    assert min(opened_s) <= OPEN_LIMIT_S
    _filter(page, "brand-0013", "1 of 1,000 domains")


def test_a_phone_needs_no_sideways_scrolling(show: Show, browser: webdriver.Chrome) -> None:
    """Each domain is a card that names its regions."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    page = show(whole())
    assert page.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
    _cell(page, "example.com, eu-west-1:").click()
    assert page.execute_script("return document.getElementById('detail').scrollWidth") <= PHONE["width"]


def test_a_record_is_whole_and_can_be_copied(show: Show) -> None:
    """As its DNS host wants it, each part by a button, and so the command of the fix."""
    page = show(whole())
    _cell(page, "example.com, us-east-1:").click()
    detail = _one(page, "#detail")
    assert "Enter at Cloudflare: the name without the zone. Proxy status: DNS only (proxy off)." in detail.text
    line = "t1._domainkey.example.com. 1800 IN CNAME t1.dkim.amazonses.com."
    labels = {button.get_attribute("aria-label") for button in detail.find_elements(By.CSS_SELECTOR, ".copy")}
    assert labels >= {
        f"Copy {text}" for text in ("CNAME", "t1._domainkey", "t1.dkim.amazonses.com", line, "mailproof wait")
    }
    _one(page, "[aria-label='Copy t1._domainkey']").click()
    WebDriverWait(page, WAIT_S).until(lambda _: _one(page, "[aria-label='Copy t1._domainkey']").text == "Copied")


def test_the_filter_reaches_what_is_known_of_domains(show: Show) -> None:
    """Its rows are those of the matrix, in the same order."""
    page = show(whole())
    names = [row.text for row in _all(page, "#domains tbody th")]
    assert [name.split()[0] for name in names] == _domains(page)
    _filter(page, "partner", "1 of 4 domains")
    assert [row.text.split()[0] for row in _all(page, "#domains tbody th") if row.is_displayed()] == ["partner.example"]


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_no_text_stands_over_another(show: Show, browser: webdriver.Chrome, width: int) -> None:
    """On a phone, a tablet and a screen."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": width, "mobile": False})
    assert show(whole()).execute_script(OVERLAPS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_in_both_schemes(show: Show, browser: webdriver.Chrome, scheme: str) -> None:
    """Every text has the contrast that WCAG 2.2 asks for (4.5 to 1)."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page = show(whole())
    low = page.execute_script(CONTRAST)
    assert low == []


def test_print_shows_all_findings_and_no_controls(show: Show, browser: webdriver.Chrome) -> None:
    """Groups are opened for print, buttons and filter are left out, and afterwards the page is as it was."""
    page = show(mixed())
    pdf = base64.b64decode(page.print_page())
    assert pdf.startswith(b"%PDF")
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert len([item for item in _all(page, "#list .facts") if item.is_displayed()]) == len(mixed().findings)
    assert not _one(page, ".tools").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    opened: list[Any] = _all(page, "details[open]")
    assert opened == []


OVERLAPS = """
const boxes = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || !element.checkVisibility()) continue;
  if (element.closest("noscript, script, style, .unseen, kbd, .matrix")) continue;
  const range = document.createRange();
  range.selectNodeContents(walk.currentNode);
  for (const box of range.getClientRects()) boxes.push([walk.currentNode.textContent, box]);
}
for (const cell of document.querySelectorAll(".in")) {
  for (const part of cell.children) {
    if (part.textContent.trim()) boxes.push([part.textContent, part.getBoundingClientRect()]);
  }
}
const over = (one, other) =>
  Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2 &&
  Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4;
const found = [];
boxes.forEach(([text, box], index) => {
  for (const [other, next] of boxes.slice(index + 1)) if (over(box, next)) found.push([text, other]);
});
return found;
"""
CONTRAST = """
const parse = (color) => {
  const found = color.match(/rgba?\\(([^)]+)\\)/);
  const [r, g, b, a = 1] = found[1].split(/[ ,/]+/).map(Number);
  return { r, g, b, a };
};
const light = ({ r, g, b }) => [r, g, b].map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.a === 1) return color;
  }
};
const low = [];
const walk = document.createTreeWalker(document.getElementById("app").parentElement, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || !element.checkVisibility()) continue;
  if (element.closest("noscript, script, style")) continue;
  const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
  const ratio = (one + 0.05) / (other + 0.05);
  if (ratio < 4.5) low.push([walk.currentNode.textContent, ratio]);
}
return low;
"""
