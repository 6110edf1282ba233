"""The raw archive: every response as it came, feeds and sitemaps too. Immutable."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import STRINGS, TIMESTAMP, column, table

# One documented line per column.
# fmt: off
RAW = table(
    "raw",
    3,
    "Responses as they came, and requests that gave none; extraction can be repeated from here.",
    [
        column("source", pa.string(), "Id of the source."),
        column("kind", pa.string(), "listing (a feed, sitemap or section page), page, or part (a later page of the article above it)."),
        column("url", pa.string(), "The URL as it was listed."),
        column("url_key", pa.string(), "Key of the URL."),
        column("reason", pa.string(), "ok, or why there is no body."),
        column("detail", pa.string(), "One line for a person; may be empty. Of a listing that was asked too late it begins with `gap:`."),
        column("status", pa.int16(), "HTTP status.", null="no response"),
        column("url_final", pa.string(), "The URL that answered.", null="no response"),
        column("headers", pa.binary(), "Response headers, `Name: value` lines in order.", null="no response"),
        column("body", pa.binary(), "The body, content encoding undone.", null="no body was kept"),
        column("digest", pa.string(), "sha256 of the body, hex.", null="no body was kept"),
        column("fetched_at", TIMESTAMP, "When the answer, or the failure, came."),
        column("attempts", pa.int32(), "Requests it took."),
        column("elapsed_s", pa.float64(), "Seconds the requests took, waiting left out."),
        column("retry_at", TIMESTAMP, "When the host may be asked again.", null="it did not say"),
        column("found_at", TIMESTAMP, "When the URL was first listed."),
        column("found_in", pa.string(), "The feed or sitemap that listed it; of a part the page that led to it."),
        column("found_via", pa.string(), "Kind of that listing: feed, sitemap, news_sitemap, section, text or seed; page for a part, websub for what a hub pushed."),
        column("link_title", pa.string(), "Title the listing gave.", null="none"),
        column("link_published_at", TIMESTAMP, "Publication time the listing gave.", null="none"),
        column("link_modified_at", TIMESTAMP, "Time of change the listing gave.", null="none"),
        column("link_authors", STRINGS, "Authors the listing gave.", null="none"),
        column("link_words", pa.int32(), "Words of the text the listing gave.", null="it gave no more than a summary"),
        column("part_of", pa.string(), "URL key of the article's first page.", null="not a part"),
        column("part", pa.int32(), "Number of the page within its article, from 2.", null="not a part"),
        column("robots_at", TIMESTAMP, "When the robots.txt was had that allowed or forbade it.", null="not asked, or its rules could not be read"),
        column("robots_digest", pa.string(), "sha256 of that robots.txt, hex; its copy lies in `robots/<digest>.txt`.", null="there was none, so all is allowed"),
        column("opt_outs", STRINGS, "What the site opts out of, as `signal@place`; may be empty.", null="no page, or not looked at"),
        column("tdm_policy", pa.string(), "Address of the site's policy on text and data mining.", null="none declared"),
        column("slot", pa.string(), "Run that made the request."),
    ],
)
