"""What each reason means and what to do about it. The words are those of `pipeline.model.Reason`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NOTHING: Final = "Nothing."
_AGAIN: Final = "Nothing: it is asked again by itself, later each time."
_LOOK: Final = "Look at the page with `broadsheet try URL`; if it is an article, report it."


@dataclass(frozen=True, slots=True)
class ReasonDoc:
    """The phase that gives a reason, what it means, and what an operator can do."""

    phase: str
    means: str
    do: str = _NOTHING


REASONS: Final[dict[str, ReasonDoc]] = {
    "ok": ReasonDoc("any", "It went well."),
    "not_modified": ReasonDoc("crawl", "The site says that the copy held is still the newest (304)."),
    "gone": ReasonDoc("crawl", "The page is no longer there (404, 410)."),
    "http_error": ReasonDoc(
        "crawl",
        "The site answered with an error that may pass (5xx, 429) or forbids the page (4xx).",
        "5xx and 429 are asked again by themselves. If a whole site answers 403, ask its publisher.",
    ),
    "robots": ReasonDoc("crawl", "robots.txt forbids it, or could not be read.",
                        "Heed it. If it names our user agent by mistake, ask the publisher."),
    "blocked_address": ReasonDoc(
        "crawl", "The host lies in a private network, which is not asked.",
        "If it is your own, add its network to `BROADSHEET_ALLOW_NETWORKS`, its port to `fetch.ports`."),
    "bad_scheme": ReasonDoc("crawl", "The address, or a redirect's, is neither http nor https."),
    "bad_url": ReasonDoc("crawl", "The address cannot be read, or names a port that is not allowed.",
                         "If many: the listing is broken; `broadsheet sources check ID`."),
    "too_large": ReasonDoc(
        "crawl, extract",
        "The body is longer than the seed's `fetch.max_bytes`, unpacked; the page has too many "
        "elements, or takes too much memory, to be read; or the article has more pages than `fetch.max_parts`.",
        "Raise the limit that `detail` names only if articles are lost."),
    "timeout": ReasonDoc("crawl", "The site took longer than the seed's `fetch.timeout_s`.", _AGAIN),
    "network": ReasonDoc(
        "crawl", "The connection failed: no such host, refused, broken off, bad certificate.", _AGAIN),
    "redirect_loop": ReasonDoc("crawl", "More redirects than the seed's `fetch.max_redirects`, or in a circle."),
    "undecodable": ReasonDoc("crawl, extract", "The body's content encoding is unknown or broken, or its text is."),
    "host_given_up": ReasonDoc("crawl", "The host failed so often in a row that the run left it alone.",
                               "Nothing, if it is one run. If it stays: `broadsheet sources check ID`."),
    "budget": ReasonDoc(
        "crawl",
        "The host's requests of the day (UTC) are used up, or left to the daily crawl; due again "
        "tomorrow, without an attempt used.",
        "Nothing; raise the host's budget only if its publisher agrees."),
    "opted_out": ReasonDoc(
        "crawl", "The site opts out of this use, by a signal that the seed's `fetch.heed` names; nothing of the page is kept.",
        "Heed it."),
    "deadline": ReasonDoc(
        "crawl", "The run's time, or its `fetch.max_pages`, was used up before its turn came.",
        "If it stays: run more often, or raise `fetch.max_pages`."),
    "bot_challenge": ReasonDoc(
        "crawl, extract",
        "A firewall asked who is there instead of giving the page. It is the host's doing, not the "
        "page's: the URL stays pending and is asked again, and many in a row end the host's run. In extraction: "
        "such a page came in with a WARC file, or was stored before its firewall was known.",
        "Ask more slowly (`fetch.delay_s`), see that the user agent names a contact, and ask the "
        "publisher to let it pass. Broadsheet solves no challenges."),
    "not_html": ReasonDoc("extract", "The response is no page of text: an image, a PDF, a feed.",
                          "If many: exclude such addresses (`exclude` in the seed)."),
    "not_article": ReasonDoc(
        "extract", "A page, but no article: a gallery, film, recording or table with little text, a product, or no text at all.",
        "If many: exclude such addresses (`exclude` in the seed)."),
    "home_page": ReasonDoc("extract", "The address is that of the site's home page.",
                           "If many: a listing names pages instead of articles."),
    "listing_page": ReasonDoc("extract", "A list of other pages: a section, tag, author, archive or search.",
                              "If many: exclude such addresses (`exclude` in the seed)."),
    "soft_404": ReasonDoc(
        "extract, publish",
        "The page says, with status 200, that there is nothing here; or its address leads to the home "
        "page or a list; or one short text came from three addresses or more.",
        "Nothing, if few. If many at once: the site has moved its articles; `broadsheet sources check ID`."),
    "consent_wall": ReasonDoc(
        "extract", "The page asks for consent to cookies and shows nothing else.",
        "If all pages of a site: it gives nothing to whoever keeps no cookies. Ask the publisher for a feed with full text, or disable the seed."),
    "login_wall": ReasonDoc("extract", "A form to log in or to register stands where the article should be.",
                            "Broadsheet logs in nowhere. Exclude such addresses, or ask the publisher."),
    "paywall": ReasonDoc("extract", "The page is paid for, signs say that text is missing, and fewer than 120 words are shown.",
                         "Longer starts are kept and marked `preview`; whole articles that are paid for, `paywalled`. Else as above."),
    "part": ReasonDoc("extract", "The second or a later page of an article; its text is in the row of the first page."),
    "broken_rules": ReasonDoc("extract", "It broke row rules; `broken_rules` names each.", _LOOK),
    "too_slow": ReasonDoc("extract", "Reading the page took more CPU time than `BROADSHEET_PAGE_SECONDS`.", _LOOK),
    "extractor_failed": ReasonDoc("extract", "The extractor could not read the page; `detail` says why.", _LOOK),
    "duplicate": ReasonDoc("publish", "The text is that of an earlier article; `duplicate_of` names it."),
    "taken_down": ReasonDoc(
        "any", "It was taken down (`broadsheet takedown`) and stays out; or it led to an address that was.",
        "Nothing. What was done is in `receipts/` of the lake."),
    "not_yet": ReasonDoc("any", "Its turn has not come in this run."),
}  # fmt: skip
