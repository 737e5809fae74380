"""Messages, each mechanism right and broken in each way."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.explain.case import FAIL, MESSAGE, NONE, OPEN, OTHER_IP, PASS, SES_IP, Case
from tests.explain.odd import odd_messages
from tests.explain.signer import HEADERS, sign


def _changed(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def ses(text: str) -> str:
    """Sign as SES does beside us."""
    return sign(text, domain="amazonses.com", selector="ses", by="ses")


def _damaged(text: str) -> str:
    before, mark, after = text.partition("; b=")
    return f"{before}{mark}{after[:20].swapcase()}{after[20:]}"


RIGHT = sign(MESSAGE)
LIST = MESSAGE.replace("Subject:", "List-Id: A list <list.example.net>\nSubject:")
OVERSIGNED = (*HEADERS, "from", "subject")

DKIM = [
    Case("right", RIGHT),
    Case("2048 bits", sign(MESSAGE, selector="long", by="long")),
    *(Case(modes, sign(MESSAGE, modes=modes)) for modes in ("simple/simple", "simple/relaxed", "relaxed/simple")),
    Case("tested key", sign(MESSAGE, selector="testing")),
    Case("oversigned", sign(MESSAGE, headers=OVERSIGNED)),
    Case("only from", sign(MESSAGE, headers=("from",))),
    Case("folded on its way", _changed("Your order\n", "Your\n order\n")(RIGHT)),
    Case("blanks at the end of lines", _changed("Hello,\n", "Hello,  \n")(RIGHT)),
    Case("blank lines at the end", f"{RIGHT}\n\n"),
    Case("a hop more", f"Received: from x.example by y.example; Sat, 28 Nov 2026 10:00:00 +0000\n{RIGHT}"),
    Case("unsigned header changed", _changed("MIME-Version: 1.0", "MIME-Version: 1.0 (x)")(RIGHT)),
    Case("signed until later", sign(MESSAGE, tags="x=9999999999;")),
    Case("identity below", sign(MESSAGE, tags="i=@shop.example.com;")),
    Case("beside SES", ses(RIGHT)),
    Case("a broken one first", sign(RIGHT, selector="gone"), cause="key-missing"),
    Case("upper case", sign(MESSAGE, domain="EXAMPLE.com")),
    Case("partly signed", sign(MESSAGE, length=10), cause="body-partly-signed"),
    Case("partly signed and added to", sign(MESSAGE, length=10) + "More\n", cause="body-partly-signed"),
]
BROKEN = [
    Case(
        "folded, simple",
        _changed("Your order\n", "Your\n order\n")(sign(MESSAGE, modes="simple/simple")),
        cause="header-changed",
    ),
    Case(
        "blanks, simple", _changed("Hello,\n", "Hello,  \n")(sign(MESSAGE, modes="simple/simple")), cause="body-changed"
    ),
    Case("footer", f"{RIGHT}-- \nA footer\n", cause="body-changed"),
    Case("footer of a list", f"{sign(LIST)}-- \nA footer\n", cause="body-changed"),
    Case("body changed", _changed("your order.", "my order.")(RIGHT), cause="body-changed"),
    Case("tag in the subject", _changed("Subject: ", "Subject: [list] ")(RIGHT), cause="header-changed"),
    Case("author changed", _changed("From: Shop", "From: Shop via list")(RIGHT), cause="signature-broken"),
    Case(
        "subject added",
        _changed("Subject: Y", "Subject: Another\nSubject: Y")(sign(MESSAGE, headers=OVERSIGNED)),
        cause="header-added",
    ),
    Case("date rewritten", ses(_changed("10:00:00", "10:00:07")(RIGHT)), cause="signed-header-rewritten"),
    Case("no key", sign(MESSAGE, selector="gone"), cause="key-missing"),
    Case("revoked", sign(MESSAGE, selector="revoked"), cause="key-revoked"),
    Case("key cut off", sign(MESSAGE, selector="bad"), cause="key-wrong"),
    Case("key of another version", sign(MESSAGE, selector="version"), cause="key-wrong"),
    Case("key of another", sign(MESSAGE, selector="other"), cause="key-differs"),
    Case("expired", sign(MESSAGE, tags="x=1700000000;"), cause="signature-expired"),
    Case(
        "sha1",
        sign(MESSAGE, algorithm="rsa-sha1"),
        cause="signature-broken",
    ),
    Case("unknown algorithm", RIGHT.replace("sha256", "md5", 1), cause="signature-broken"),
    Case("version 2", RIGHT.replace("v=1;", "v=2;", 1), cause="signature-broken"),
    Case("signature damaged", _damaged(RIGHT), cause="key-differs"),
    Case(
        "identity elsewhere",
        sign(MESSAGE, tags="i=@other.example;"),
        cause="signature-broken",
    ),
    Case("from not signed", sign(MESSAGE, headers=("to", "subject")), cause="signature-broken"),
    Case("no domain", RIGHT.replace("d=example.com; ", "", 1), cause="unsigned"),
    Case("SES alone", ses(MESSAGE), cause="signed-by-ses-alone"),
    Case("unsigned", MESSAGE, cause="unsigned"),
    Case("third party", sign(MESSAGE, domain="third.example"), cause="signed-for-another"),
]
SPF = [
    ("aligned", "x@bounce.example.com", SES_IP, PASS),
    ("redirected", "x@redirected.example.com", SES_IP, PASS),
    ("own servers", "x@open.example.com", OTHER_IP, PASS),
    ("of SES", "x@eu-west-1.amazonses.com", SES_IP, FAIL),
    ("of SES at home", "x@amazonses.com", SES_IP, FAIL),
    ("of a service", "x@bounce.third.example", OTHER_IP, FAIL),
    ("forwarded", "x@bounce.example.com", OTHER_IP, FAIL),
    ("soft", "x@soft.example.com", SES_IP, FAIL),
    ("neutral", "x@neutral.example.com", SES_IP, FAIL),
    ("hard", "x@hard.example.com", SES_IP, FAIL),
    ("include of nothing", "x@broken.example.com", SES_IP, FAIL),
    ("syntax", "x@syntax.example.com", SES_IP, FAIL),
    ("two records", "x@twice.example.com", SES_IP, FAIL),
    ("no record", "x@empty.example.com", SES_IP, FAIL),
    ("no name", "x@absent.example.com", SES_IP, FAIL),
    ("endless", "x@endless.example.com", SES_IP, FAIL),
]


def corpus() -> Iterator[Case]:
    """Yield all messages."""
    for case in DKIM:
        sender = "x@eu-west-1.amazonses.com"
        cause = case.cause if case.cause == "key-missing" else "mail-from-of-ses"
        yield replace(case, name=f"dkim: {case.name}, SPF of SES", sender=sender, cause=cause)
        yield replace(case, name=f"dkim: {case.name}")
    for case in BROKEN:
        yield replace(case, name=f"broken: {case.name}", sender="x@eu-west-1.amazonses.com", dmarc=FAIL)
        yield replace(case, name=f"broken: {case.name}, SPF aligned")
    for name, sender, address, verdict in SPF:
        yield Case(f"spf: {name}, unsigned", MESSAGE, sender, address, verdict, "unsigned")
        yield Case(f"spf: {name}, signed", RIGHT, sender, address, PASS)
    yield from _policies()
    yield from odd_messages()


def _policies() -> Iterator[Case]:
    def mail(author: str, domain: str | None, sender: str, verdict: str, cause: str = "") -> Case:
        text = MESSAGE.replace("shop@example.com", author)
        return Case("", sign(text, domain=domain) if domain else text, sender, SES_IP, verdict, cause)

    cases = {
        "subdomain": mail("a@news.example.com", "example.com", "x@amazonses.com", PASS),
        "deep subdomain": mail("a@a.b.c.example.com", "example.com", "x@amazonses.com", PASS),
        "strict, the same": mail("a@strict.example", "strict.example", "x@amazonses.com", PASS),
        "strict, below": mail(
            "a@mail.strict.example", "strict.example", "x@amazonses.com", FAIL, "signature-not-aligned"
        ),
        "strict, above": mail(
            "a@strict.example", "mail.strict.example", "x@amazonses.com", FAIL, "signature-not-aligned"
        ),
        "strict SPF": mail("a@strict.example", None, "x@bounce.strict.example", FAIL, "unsigned"),
        "tested": mail("a@tested.example", None, "x@amazonses.com", FAIL, "unsigned"),
        "watching": mail("a@watching.example", None, "x@amazonses.com", FAIL, "unsigned"),
        "no policy": mail("a@silent.example", None, "x@amazonses.com", NONE, "unsigned"),
        "no policy, aligned": mail("a@silent.example", None, "x@bounce.silent.example", NONE, "unsigned"),
    }
    for name, case in cases.items():
        yield replace(case, name=f"policy: {name}")
    yield Case("bounce", MESSAGE, "", SES_IP, FAIL, "unsigned")
    yield Case("signed bounce", RIGHT, "", SES_IP, PASS)
    yield Case("no Return-Path, signed", RIGHT, None, SES_IP, PASS)
    yield Case("no Received, signed", RIGHT, "x@bounce.example.com", "", PASS)
    yield Case(
        "no Return-Path",
        MESSAGE,
        None,
        SES_IP,
        OPEN,
        "unsigned",
    )
    yield Case(
        "no Received",
        MESSAGE,
        "x@bounce.example.com",
        "",
        OPEN,
        "unsigned",
    )
