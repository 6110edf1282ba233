"""What each reason means, for the data dictionary. The words are those of `pipeline.model.Reason`."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "ok": "It went well.",
    "not_modified": "The site says that the copy held is still the newest (304).",
    "gone": "The page is no longer there (404, 410).",
    "http_error": "The site answered with an error that may pass (5xx, 429) or forbids the page (4xx).",
    "robots": "robots.txt forbids it, or could not be read.",
    "blocked_address": "The host lies in a private network, which is not asked.",
    "bad_scheme": "The address, or a redirect's, is neither http nor https.",
    "bad_url": "The address cannot be read, or names a port that is not allowed.",
    "too_large": "The body is longer than the seed's `fetch.max_bytes`, unpacked; the page has too many elements, or takes too much memory, to be read; or the article has more pages than `fetch.max_parts`.",
    "timeout": "The site took longer than the seed's `fetch.timeout_s`.",
    "network": "The connection failed: no such host, refused, broken off, bad certificate.",
    "redirect_loop": "More redirects than the seed's `fetch.max_redirects`, or in a circle.",
    "undecodable": "The body's content encoding is unknown or broken.",
    "host_given_up": "The host failed so often in a row that the run left it alone.",
    "budget": "The host's requests of the day (UTC) are used up, or left to the daily crawl; due again tomorrow, without an attempt used.",
    "opted_out": "The site opts out of this use, by a signal that the seed's `fetch.heed` names; nothing of the page is kept.",
    "deadline": "The run's time, or its `fetch.max_pages`, was used up before its turn came.",
    "not_html": "The response is no page of text: an image, a PDF, a feed.",
    "not_article": "A page, but no article: a section, a gallery, a search.",
    "paywall": "The page says that it shows only a part, and the part is too short.",
    "part": "The second or a later page of an article; its text is in the row of the first page.",
    "broken_rules": "It broke row rules; `broken_rules` names each.",
    "too_slow": "Reading the page took more CPU time than `BROADSHEET_PAGE_SECONDS`.",
    "extractor_failed": "The extractor could not read the page; `detail` says why.",
    "duplicate": "The text is that of an earlier article; `duplicate_of` names it.",
    "not_yet": "Its turn has not come in this run.",
}
