"""The `rejects` table: pages that were fetched and are not stored as articles, with the reasons."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import CUTS, STRINGS, TIMESTAMP, column, table

# One documented line per column.
# fmt: off
REJECT = table(
    "rejects",
    1,
    "Pages that are no article, or not a good enough one, with every rule they broke.",
    [
        column("article_id", pa.string(), "The id the article would have had."),
        column("source", pa.string(), "Id of the source."),
        column("url", pa.string(), "The URL as it was listed."),
        column("url_key", pa.string(), "Key of the URL."),
        column("url_final", pa.string(), "The URL that answered, after redirects."),
        column("reason", pa.string(), "Why: not_html, not_article, paywall, broken_rules, extractor_failed …"),
        column("broken_rules", STRINGS, "Every row rule it broke, by name; may be empty."),
        column("detail", pa.string(), "One line for a person."),
        column("title", pa.string(), "Headline, if there was one.", null="none was found"),
        column("published_at", TIMESTAMP, "When it was published, in UTC.", null="no believable claim"),
        column("language", pa.string(), "Language of the text, ISO 639-1.", null="not looked at"),
        column("text", pa.string(), "What was taken for its text; may be empty."),
        column("word_count", pa.int32(), "Words in `text`."),
        column("cuts", CUTS, "Boilerplate that was removed, in order."),
        column("layout", pa.string(), "Where the page holds its body: tags and classes around most of its paragraphs.", null="not read as a page"),
        column("found_at", TIMESTAMP, "When the URL was first listed."),
        column("found_in", pa.string(), "The feed or sitemap that listed it."),
        column("fetched_at", TIMESTAMP, "When the page was fetched."),
        column("robots_at", TIMESTAMP, "When the robots.txt was had that allowed it.", null="a text dump, or fetched before this was recorded"),
        column("robots_digest", pa.string(), "sha256 of that robots.txt, hex; its copy lies in `robots/<digest>.txt`.", null="there was none, so all is allowed"),
        column("opt_outs", STRINGS, "What the site opts out of, as `signal@place`, like the column of articles.", null="a text dump, or fetched before this was recorded"),
        column("tdm_policy", pa.string(), "Address of the site's policy on text and data mining, where that is reserved.", null="none declared, or nothing reserved"),
        column("encoding", pa.string(), "Character encoding the page was read with."),
        column("raw_key", pa.string(), "Object in the raw archive that holds the response."),
        column("raw_digest", pa.string(), "sha256 of the response's body, hex."),
        column("rules_version", pa.string(), "Version of code and rules that made the row."),
        column("slot", pa.string(), "Run that made the row."),
    ],
)
