"""Fixtures of the report tests: a headless Chromium, or a skip that says that there is none."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from mailproof.check.finding import CheckReport
from mailproof.report.html import build_html

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)
READY_S = 10

Show = Callable[[CheckReport], webdriver.Chrome]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with a profile of its own, one for all tests."""
    binary, driver = next(filter(None, map(shutil.which, BROWSERS)), None), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("needs Chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture
def show(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Show]:
    """Open a report from a file, as a person does, and wait until it is drawn."""

    def open_page(report: CheckReport) -> webdriver.Chrome:
        page = tmp_path / "report.html"
        page.write_text(build_html(report), encoding="utf-8")
        browser.get(page.as_uri())
        WebDriverWait(browser, READY_S).until(
            lambda chrome: chrome.execute_script("return document.documentElement.dataset.ready")
        )
        return browser

    yield open_page
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
