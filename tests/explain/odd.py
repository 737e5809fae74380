"""Messages that are odd or hostile: keys, tags, headers, bodies, authors, hops, and DNS that does not answer."""

from collections.abc import Iterator

from tests.explain.case import FAIL, MESSAGE, NONE, OPEN, OTHER_IP, PASS, SES_IP, TEMPORARY, Case
from tests.explain.signer import HEADERS, sign

RIGHT = sign(MESSAGE)
OF_SES = "x@eu-west-1.amazonses.com"
CURVE = sign(MESSAGE, selector="ed", by="ed", algorithm="ed25519-sha256")
LISTED = ("from", "to", "subject", "date", "message-id", "list-unsubscribe")
COPIED = "z=Subject:Your=20order|From:Shop=20<shop@example.com>;"


def odd_messages() -> Iterator[Case]:
    """Yield all of them."""
    for cases in (
        _keys(),
        _curve(),
        _tags(),
        _changed_headers(),
        _bodies(),
        _authors(),
        _hops(),
        _silence(),
        _macros(),
    ):
        yield from cases


def _broken(name: str, text: str, cause: str = "signature-broken") -> Case:
    return Case(name, text, OF_SES, dmarc=FAIL, cause=cause)


def _right(name: str, text: str) -> Case:
    return Case(name, text, OF_SES, cause="mail-from-of-ses")


def _keys() -> Iterator[Case]:
    for selector in ("exact", "hashes", "bare", "spaced"):
        yield _right(f"key: {selector}", sign(MESSAGE, selector=selector))
    yield _right("key: exact, identity exact", sign(MESSAGE, selector="exact", tags="i=shop@example.com;"))
    yield _broken("key: exact, identity below", sign(MESSAGE, selector="exact", tags="i=@shop.example.com;"))
    for selector in ("sha1", "reports", "two", "doubled", "unknown", "small", "ed"):
        yield _broken(f"key: {selector}", sign(MESSAGE, selector=selector), "key-wrong")


def _curve() -> Iterator[Case]:
    """Yield signatures by Ed25519."""
    yield _right("ed25519: right", CURVE)
    for modes in ("simple/simple", "relaxed/relaxed", "simple/relaxed"):
        text = sign(MESSAGE, selector="ed", by="ed", algorithm="ed25519-sha256", modes=modes)
        yield _right(f"ed25519: {modes}", text)
    yield _right("ed25519: beside rsa", sign(RIGHT, selector="ed", by="ed", algorithm="ed25519-sha256"))
    yield _broken("ed25519: footer", f"{CURVE}-- \nA footer\n", "body-changed")
    yield _broken("ed25519: tag in the subject", CURVE.replace("Subject: ", "Subject: [list] "), "header-changed")
    yield _broken("ed25519: author changed", CURVE.replace("From: Shop", "From: Another"))
    for selector in ("ed-other", "ed-cut", "ed-rsa", "s1", "revoked", "gone"):
        text = sign(MESSAGE, selector=selector, by="ed", algorithm="ed25519-sha256")
        cause = {"ed-other": "signature-broken", "revoked": "key-revoked", "gone": "key-missing"}
        yield _broken(f"ed25519: key {selector}", text, cause.get(selector, "key-wrong"))


def _tags() -> Iterator[Case]:
    for name, tags in {
        "identity of it": "i=shop@example.com;",
        "identity in capitals": "i=Shop@EXAMPLE.com;",
        "query": "q=dns/txt;",
        "an unknown tag": "zz=1;",
        "signed before it expires": "t=1700000000; x=9999999999;",
        "a copy of headers": COPIED,
    }.items():
        yield _right(f"tag: {name}", sign(MESSAGE, tags=tags))
    for name, tags in {
        "identity that ends alike": "i=@notexample.com;",
        "identity above": "i=@com;",
        "another query": "q=http;",
        "from the future": "t=9999999999;",
        "expires before it was signed": "t=9999999990; x=9999999980;",
        "time in words": "t=yesterday;",
        "a version twice": "v=1;",
    }.items():
        text = sign(MESSAGE, tags=tags)
        yield _broken(f"tag: {name}", text, "unsigned" if "twice" in name else "signature-broken")
    yield _broken("tag: domain twice", sign(MESSAGE, tags="d=example.com;"), "unsigned")
    yield _broken("tag: no value", RIGHT.replace("v=1;", "v=1; q;", 1), "unsigned")
    yield _broken("tag: unknown way", RIGHT.replace("relaxed/relaxed", "nowsp/nowsp"))
    yield _right("tag: one way", sign(MESSAGE, modes="relaxed"))
    yield _right("tag: no way", sign(MESSAGE, modes=""))
    yield _right("tag: ways in capitals", sign(MESSAGE, modes="Relaxed/RELAXED"))
    yield Case("tag: nothing of the body", sign(MESSAGE, length=0), cause="body-partly-signed")
    yield _broken("tag: more than the body", sign(MESSAGE, length=10).replace("l=10", "l=9999"), "body-changed")
    yield _broken("tag: a length below nothing", sign(MESSAGE, length=10).replace("l=10", "l=-1"))
    head, mark, value = RIGHT.partition(" b=")
    made, line, rest = value.partition("\n")
    yield _right(
        "tag: folded", f"{head.replace('; ', ';{0}').format(f'{chr(10)} ')}\n b=\n {made[:60]}\n\t{made[60:]}\n{rest}"
    )
    yield _broken("tag: no base64", f"{head}{mark}!!!!{line}{rest}")
    yield _broken("tag: nothing made", f"{head}{mark}{line}{rest}")
    author = MESSAGE.replace("shop@example.com", "a@bücher.example")
    yield _right("tag: U-label", sign(author, domain="bücher.example"))
    yield Case(
        "tag: another signature first",
        RIGHT.split("\n", 1)[0].replace("s=s1", "s=gone") + f"\n{RIGHT}",
        OF_SES,
        cause="key-missing",
    )


def _changed_headers() -> Iterator[Case]:
    """Yield messages of which a header was changed: provable, and not."""
    kept = RIGHT.replace("From: Shop <shop@example.com>", "From: shop@example.com")
    yield _broken("changed: author, kept for replies", f"Reply-To: Shop <shop@example.com>\n{kept}", "header-changed")
    yield _broken("changed: author, kept", f"X-Original-From: Shop <shop@example.com>\n{kept}", "header-changed")
    yield _broken(
        "changed: author and subject",
        f"X-Original-From: Shop <shop@example.com>\n{kept.replace('Subject: ', 'Subject: [list] ')}",
        "header-changed",
    )
    munged = RIGHT.replace("From: Shop <shop@example.com>", "From: Shop via list <list@third.example>")
    yield Case(
        "changed: author, to that of a list",
        f"Reply-To: Shop <shop@example.com>\nList-Id: <list.third.example>\n{munged}-- \nA footer\n",
        "x@bounce.third.example",
        OTHER_IP,
        NONE,
        "author-rewritten",
    )
    copied = sign(MESSAGE, tags=COPIED)
    yield _broken("changed: subject, copied", copied.replace("Subject: Your order", "Subject: Win"), "header-changed")
    yield _broken(
        "changed: subject and author, copied",
        copied.replace("Subject: Your order", "Subject: Win").replace("From: Shop", "From: Shop via list"),
        "header-changed",
    )
    yield _broken("changed: subject, a wrong copy", copied.replace("Your order\n", "Win\n").replace("z=S", "z=D"))
    yield _broken("changed: two tags", RIGHT.replace("Subject: ", "Subject: [EXTERNAL] [list] "), "header-changed")
    yield _broken("changed: mark", RIGHT.replace("Subject: ", "Subject: ***SPAM*** "), "header-changed")
    answer = sign(MESSAGE.replace("Subject: ", "Subject: Re: "))
    yield _broken("changed: tag in an answer", answer.replace("Re: ", "Re: [list] "), "header-changed")
    yield _broken("changed: subject anew", RIGHT.replace("Your order\n", "Another\n"))
    yield _broken("changed: subject taken out", RIGHT.replace("Subject: Your order\n", ""))
    oversigned = sign(MESSAGE, headers=LISTED)
    yield _broken("changed: header added", f"List-Unsubscribe: <https://x.example>\n{oversigned}", "header-added")
    yield _broken(
        "changed: header added, and footer", f"List-Unsubscribe: <https://x.example>\n{oversigned}--\n", "body-changed"
    )
    yield _broken("changed: date", RIGHT.replace("10:00:00", "10:00:01", 1))


def _bodies() -> Iterator[Case]:
    head = MESSAGE.partition("\n\n")[0]
    for name, body in {
        "none": "",
        "blank lines": "\n\n\n",
        "no line end": "Hello",
        "blanks alone": "   \n\t\n",
        "8 bits": "Grüße, 日本\n",
        "nulls": "a\0b\0\0\n",
        "a long line": f"{'x' * 5000}\n",
        "dots and From": ".\nFrom me\n>From me\n",
        "blanks and tabs": "a \t b\t\t\n \t\n c\n",
    }.items():
        for modes in ("relaxed/relaxed", "simple/simple"):
            yield _right(f"body: {name}, {modes}", sign(f"{head}\n\n{body}", modes=modes))
    yield _right("body: none, and no blank line", sign(f"{head}\n\n").removesuffix("\n\n") + "\n")


def _authors() -> Iterator[Case]:
    def mail(name: str, author: str, dmarc: str = PASS, cause: str = "mail-from-of-ses", domain: str = "") -> Case:
        text = sign(MESSAGE.replace("Shop <shop@example.com>", author), domain=domain or "example.com")
        return Case(f"author: {name}", text, OF_SES, dmarc=dmarc, cause=cause)

    yield mail("bare", "shop@example.com")
    yield mail("capitals", "Shop <SHOP@EXAMPLE.COM>")
    yield mail("quoted", '"shop @ other.example" <"a@b"@example.com>')
    yield mail("an address as name", '"ceo@other.example" <shop@example.com>')
    yield mail("comment", "shop@example.com (ceo@other.example)")
    yield mail("encoded word", "=?utf-8?q?Shop_=3Cceo=40other=2Eexample=3E?= <shop@example.com>")
    yield mail("folded", "Shop\n <shop@example.com>")
    yield mail("two of a domain", "a@example.com, b@example.com")
    yield mail("two of two domains", "a@example.com, b@other.example", NONE, "from-not-one")
    yield mail("group", "Shops: a@example.com, b@example.com;")
    yield mail("empty group", "undisclosed recipients:;", NONE, "from-not-one")
    yield mail("nobody", "", NONE, "from-not-one")
    yield mail("no domain", "shop", NONE, "from-not-one")
    yield mail("address literal", "shop@[192.0.2.1]", NONE, "signed-for-another")
    yield mail("A-label", "a@xn--bcher-kva.example", PASS, domain="xn--bcher-kva.example")
    yield mail("U-label", "a@bücher.example", PASS, domain="xn--bcher-kva.example")
    yield mail("8 bits in the name", "Grüße <shop@example.com>")
    yield mail("a dot at the end", "shop@example.com.")
    second = RIGHT.replace("To: ", "From: ceo@example.com\nTo: ", 1)
    yield Case("author: twice, below", second, OF_SES, dmarc=NONE, cause="from-repeated")
    yield Case("author: twice, above", f"From: ceo@example.com\n{RIGHT}", OF_SES, dmarc=NONE, cause="from-repeated")
    missing = MESSAGE.replace("From: Shop <shop@example.com>\n", "")
    yield Case("author: no header", missing, OF_SES, dmarc=NONE, cause="from-not-one")


def _hops() -> Iterator[Case]:
    hop = "Received: from relay{0}.example ([192.0.2.{0}]) by relay.example; Sat, 28 Nov 2026 10:00:00 +0000\n"
    yield Case("hops: 120 before SES", "".join(hop.format(number) for number in range(120)) + RIGHT)
    sealed = (
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=list.example; s=s1; b=AAAA\n"
        "ARC-Message-Signature: i=1; a=rsa-sha256; d=list.example; s=s1; h=from; bh=AAAA; b=AAAA\n"
        "ARC-Authentication-Results: i=1; mx.list.example; dmarc=pass\n"
    )
    yield Case("hops: ARC of another", f"{sealed}{RIGHT}-- \nA footer\n", OF_SES, dmarc=FAIL, cause="body-changed")
    many = "".join(f"X-Header-{number}: {number}\n" for number in range(1000))
    yield _right("hops: 1,000 headers", f"{many}{RIGHT}")
    yield _right("hops: 1,000 headers that are signed", sign(f"{many}{MESSAGE}", headers=(*HEADERS, *_names(1000))))


def _names(count: int) -> Iterator[str]:
    return (f"x-header-{number}" for number in range(count))


def _silence() -> Iterator[Case]:
    """Yield messages of which DNS does not tell enough: that is not a fault of theirs."""
    text = sign(MESSAGE, selector="dead")
    yield Case("dns: no answer for the key", text, OF_SES, dmarc=OPEN, cause="mail-from-of-ses")
    yield Case("dns: no answer for the key, SPF aligned", text)
    yield Case("dns: no answer for SPF", MESSAGE, "x@dead.example.com", dmarc=OPEN, cause="unsigned")
    yield Case("dns: no answer for an include", MESSAGE, "x@silent.example.com", dmarc=OPEN, cause="unsigned")
    yield Case("dns: no answer for SPF, signed", RIGHT, "x@dead.example.com")
    author = MESSAGE.replace("shop@example.com", "shop@dead.example")
    yield Case("dns: no answer for DMARC", author, "x@dead.example", dmarc=TEMPORARY, cause="unsigned")


def _macros() -> Iterator[Case]:
    """Yield senders whose SPF depends on the message, and others."""
    for sender, dmarc in {
        "all-orders@senders": PASS,
        "none-orders@senders": FAIL,
        "a@greeted": PASS,
        "a@whole": PASS,
        "b@whole": FAIL,
        "a@names": PASS,
        "a@others": FAIL,
        "a@proved": PASS,
        "a@not-ses": FAIL,
        "a@softly": FAIL,
        "a@neutrally": FAIL,
        "a@costly": FAIL,
        "a@void": FAIL,
        "a@capital": PASS,
    }.items():
        yield Case(f"spf: {sender}", MESSAGE, f"{sender}.example.com", SES_IP, dmarc, "unsigned")
    yield Case("spf: IPv6", MESSAGE, "a@six.example.com", "IPv6:2a00:1450:4864:20::1", PASS, "unsigned")
    yield Case("spf: another version of IP", MESSAGE, "a@six.example.com", OTHER_IP, FAIL, "unsigned")
