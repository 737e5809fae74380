"""Where others conclude something else of a message of the corpus, and what the RFC says of it."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.explain.case import Case, Judge

RFC = "https://www.rfc-editor.org/rfc/rfc"


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A difference that is known.

    Attributes:
        judge: Who concludes something else.
        names: Of the messages; ``*`` stands for anything.
        why: What it does, and what we do.
        section: Of an RFC: ``6376#section-3.5``.
    """

    judge: Judge
    names: tuple[str, ...]
    why: str
    section: str

    def is_of(self, case: Case, judge: Judge) -> bool:
        """Tell whether it is that of a message."""
        return judge is self.judge and any(fnmatchcase(case.name, name) for name in self.names)

    @property
    def source(self) -> str:
        """Return the section as a link."""
        number, _, section = self.section.partition("#section-")
        return f"[RFC {number}, {section}]({RFC}{self.section})"


UNTOLD = ("no Return-Path*", "no Received*")
DIFFERENCES = (
    Difference(Judge.MAILAUTH, ("broken: sha1*",), "accepts SHA-1, which a verifier must not", "8301#section-3.1"),
    Difference(
        Judge.MAILAUTH,
        ("broken: identity elsewhere*", "tag: identity that ends alike", "tag: identity above"),
        "accepts any `i=`, which has to be within `d=`",
        "6376#section-3.5",
    ),
    Difference(
        Judge.MAILAUTH,
        ("key: exact, identity below",),
        "ignores `t=s` of a key, which asks for `i=` of `d=` itself",
        "6376#section-3.6.1",
    ),
    Difference(
        Judge.MAILAUTH,
        ("key: two",),
        "takes one of two keys at a name; which one a receiver takes is undefined, so that we count on none",
        "6376#section-3.6.2.2",
    ),
    Difference(
        Judge.MAILAUTH,
        ("key: doubled", "tag: a version twice", "tag: domain twice"),
        "accepts a list of tags with one twice, which makes the whole list invalid",
        "6376#section-3.2",
    ),
    Difference(
        Judge.MAILAUTH,
        ("tag: another query",),
        "ignores `q=`; a signature with an unknown query method has to be ignored",
        "6376#section-3.5",
    ),
    Difference(
        Judge.MAILAUTH,
        ("tag: from the future", "tag: time in words"),
        "ignores `t=`; receivers may refuse a signature from the future, so that we do not count on it",
        "6376#section-3.5",
    ),
    Difference(
        Judge.MAILAUTH,
        ("author: twice, above",),
        "verifies a signature over the lower From when another was added above it; we take that for broken",
        "6376#section-8.15",
    ),
    Difference(
        Judge.MAILAUTH,
        ("dns: no answer for the key", "dns: no answer for SPF", "dns: no answer for an include"),
        "fails DMARC where DNS did not answer for a key or for SPF; the message may still pass: we judge nothing",
        "7489#section-6.6.2",
    ),
    Difference(
        Judge.MAILAUTH,
        ("spf: a@whole", "spf: b@whole"),
        "refuses macros in capitals, which are escaped as in a URL",
        "7208#section-7.3",
    ),
    *(
        Difference(judge, UNTOLD, "is told the envelope, which the message does not tell", "7208#section-2.4")
        for judge in (Judge.MAILAUTH, Judge.SPFTRACE, Judge.MAIL_SPF)
    ),
    Difference(
        Judge.HARAKA,
        ("dkim: partly signed*", "tag: nothing of the body"),
        "refuses `l=`, which the RFC has, and warns of",
        "6376#section-3.5",
    ),
    Difference(
        Judge.HARAKA,
        ("ed25519: right", "ed25519: simple/*", "ed25519: relaxed/*", "ed25519: beside rsa"),
        "takes an Ed25519 key for one in DER; a record has the bare 32 bytes",
        "8463#section-4.2",
    ),
    Difference(
        Judge.HARAKA,
        ("key: spaced",),
        "refuses a key record with blanks around its tags",
        "6376#section-3.6.1",
    ),
    Difference(
        Judge.HARAKA,
        ("key: reports",),
        "ignores `s=` of a key, which names its services",
        "6376#section-3.6.1",
    ),
    Difference(
        Judge.HARAKA,
        ("key: doubled", "tag: a version twice", "tag: domain twice"),
        "accepts a list of tags with one twice, which makes the whole list invalid",
        "6376#section-3.2",
    ),
    Difference(Judge.HARAKA, ("tag: ways in capitals",), "accepts `c=` in lower case only", "6376#section-3.5"),
    Difference(Judge.HARAKA, ("tag: time in words",), "reads a number as far as its digits go", "6376#section-3.5"),
    Difference(
        Judge.HARAKA,
        tuple(f"body: {name}, relaxed/*" for name in ("none", "blank lines", "blanks alone")),
        "canonicalises an empty body to a line end, as `simple` does; with `relaxed` it stays empty",
        "6376#section-3.4.4",
    ),
    Difference(
        Judge.HARAKA,
        ("body: no line end, *",),
        "adds two line ends to a body that has none; a last line gets one",
        "6376#section-3.4.3",
    ),
    Difference(
        Judge.HARAKA,
        ("body: none, and no blank line",),
        "finds no end of the headers, and so no signature; a body may be absent",
        "5322#section-3.5",
    ),
    Difference(
        Judge.HARAKA,
        ("author: twice, above",),
        "verifies a signature over the lower From when another was added above it; we take that for broken",
        "6376#section-8.15",
    ),
    Difference(Judge.MAIL_DKIM, ("broken: sha1*",), "accepts SHA-1, which a verifier must not", "8301#section-3.1"),
    Difference(
        Judge.MAIL_DKIM,
        ("broken: from not signed*",),
        "accepts a signature that does not cover From, which has to be covered",
        "6376#section-5.4",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("key: two",),
        "takes one of two keys at a name; which one a receiver takes is undefined, so that we count on none",
        "6376#section-3.6.2.2",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("key: doubled", "tag: a version twice", "tag: domain twice"),
        "accepts a list of tags with one twice, which makes the whole list invalid",
        "6376#section-3.2",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("ed25519: right", "ed25519: simple/*", "ed25519: relaxed/*", "ed25519: beside rsa"),
        "does not know Ed25519 in the version of Debian 12",
        "8463#section-3",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("tag: from the future", "tag: time in words", "tag: expires before it was signed"),
        "ignores `t=`, and over an `x=` that is not later",
        "6376#section-3.5",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("tag: nothing of the body",),
        "takes `l=0` for the whole body; it means none of it",
        "6376#section-3.5",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("body: no line end, simple/*",),
        "leaves the last line of a body without its line end; a last line gets one",
        "6376#section-3.4.3",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("author: twice, above",),
        "verifies a signature over the lower From when another was added above it; we take that for broken",
        "6376#section-8.15",
    ),
    Difference(
        Judge.MAIL_DKIM,
        ("tag: U-label",),
        "asks DNS for `d=` as it is written; it means the name in ASCII",
        "8616#section-3",
    ),
    Difference(
        Judge.MAIL_SPF,
        ("spf: a@whole",),
        "escapes macros in capitals, and then does not find a name with `%40`",
        "7208#section-7.3",
    ),
    Difference(
        Judge.MAIL_DMARC,
        (
            "policy: strict*",
            "policy: tested",
            "policy: watching",
            "policy: no policy*",
            "*: ?-label",
            "changed: author, to that of a list",
            "dns: no answer for DMARC",
        ),
        "judges no domain below a top-level domain that the Public Suffix List lacks (`.example`); the tree walk needs "
        "none",
        "9989#section-4.10",
    ),
    Difference(
        Judge.MAIL_DMARC,
        (
            "author: two of two domains",
            "author: empty group",
            "author: no*",
            "author: address literal",
            "author: twice*",
        ),
        "judges nothing without one author; the result for that is `none`",
        "7489#section-11.2",
    ),
    Difference(
        Judge.MAIL_DMARC,
        (
            "no Return-Path",
            "no Received",
            "dns: no answer for the key",
            "dns: no answer for SPF",
            "dns: no answer for an include",
        ),
        "knows no undecided result, and fails what may still pass",
        "7489#section-6.6.2",
    ),
)


def difference_of(case: Case, judge: Judge) -> Difference | None:
    """Return why somebody concludes something else of a message; None if it must not."""
    return next((each for each in DIFFERENCES if each.is_of(case, judge)), None)
