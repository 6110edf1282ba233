"""The `articles` table: one row per article and version. Partitioned by `date`, the slot's day."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import CUTS, ENTRIES, STRINGS, TIMESTAMP, column, table

# One documented line per column.
# fmt: off
ARTICLE = table(
    "articles",
    1,
    "News articles, cleaned; duplicates are marked, never dropped.",
    [
        column("article_id", pa.string(), "Identity across versions: blake2b-128 of source and URL key, hex."),
        column("source", pa.string(), "Id of the source, as its seed file is named."),
        column("url", pa.string(), "The URL as it was listed."),
        column("url_key", pa.string(), "Key of the URL: blake2b-128 of its normal form, hex. Not fetchable."),
        column("url_final", pa.string(), "The URL that answered, after redirects."),
        column("url_canonical", pa.string(), "The URL the page calls its own.", null="the page names none of its site"),
        column("title", pa.string(), "Headline, without the site's name.", null="none was found"),
        column("description", pa.string(), "Standfirst or summary the page declares.", null="none declared"),
        column("authors", STRINGS, "Names of the authors, in the page's order; may be empty."),
        column("section", pa.string(), "Section or category the page declares.", null="none declared"),
        column("tags", STRINGS, "Keywords the page declares; may be empty."),
        column("language", pa.string(), "Language of the text, ISO 639-1, or `und` if unsure."),
        column("language_declared", pa.string(), "Language the page declares.", null="none declared"),
        column("language_confidence", pa.float32(), "Detector's probability for `language`, 0 to 1."),
        column("published_at", TIMESTAMP, "When it was published, in UTC.", null="no believable claim"),
        column("published_at_raw", pa.string(), "The claim as it was written.", null="published_at is null"),
        column("published_source", pa.string(), "Which claim won: feed, sitemap, news_sitemap, section, json_ld, meta, itemprop, time, url, text.", null="published_at is null"),
        column("published_precision", pa.string(), "second, minute or day. A day is 00:00 in the source's zone.", null="published_at is null"),
        column("published_tz", pa.string(), "Where the zone came from: explicit, source_default or assumed_utc.", null="published_at is null"),
        column("modified_at", TIMESTAMP, "When it was last changed, in UTC.", null="no claim"),
        column("modified_source", pa.string(), "Which claim of a change won.", null="modified_at is null"),
        column("image_url", pa.string(), "Lead image.", null="none declared"),
        column("image_caption", pa.string(), "Caption of the lead image.", null="none found"),
        column("image_credit", pa.string(), "Whom the lead image is credited to.", null="none found"),
        column("paywalled", pa.bool_(), "The page says that it shows only a part."),
        column("corrected", pa.bool_(), "A note in the text says that the article was corrected."),
        column("agency", pa.string(), "News agency credited in dateline or closing line, like Reuters.", null="none credited"),
        column("text", pa.string(), "The article's text: a paragraph, heading or list item (`- …`) a line."),
        column("line_kinds", STRINGS, "What each line of `text` is: p, h1 to h6, item, quote, row (of a table), pre (code, a line each, without its indentation) or caption. Empty for a text dump."),
        column("form", pa.string(), "article, live (a live blog), gallery or video. The last two have text of their own, if not much."),
        column("entries", ENTRIES, "Entries of a live blog, in the page's order: time and headline, as far as they are known, and text. All are in `text` too, what introduces them before the first."),
        column("char_count", pa.int32(), "Characters in `text`."),
        column("word_count", pa.int32(), "Words in `text`."),
        column("paragraph_count", pa.int32(), "Lines in `text`."),
        column("parts", pa.int32(), "Pages the text was joined from; 1 if the site did not split it."),
        column("parts_missing", pa.bool_(), "A further page of the article is known of, and is not in `text`."),
        column("content_key", pa.string(), "sha256 of the text's normal form, hex: equal for exact duplicates."),
        column("title_key", pa.string(), "sha256 of the title's normal form, hex.", null="title is null"),
        column("duplicate_of", pa.string(), "article_id of the first article with the same text.", null="it is the first"),
        column("cuts", CUTS, "Boilerplate that was removed, in order: category, rule, text."),
        column("layout", pa.string(), "Where the page holds its body: tags and classes around most of its paragraphs.", null="not read as a page"),
        column("found_at", TIMESTAMP, "When the URL was first listed."),
        column("found_in", pa.string(), "The feed or sitemap that listed it."),
        column("fetched_at", TIMESTAMP, "When the page was fetched."),
        column("encoding", pa.string(), "Character encoding the page was read with."),
        column("raw_key", pa.string(), "Object in the raw archive that holds the response."),
        column("raw_digest", pa.string(), "sha256 of the response's body, hex."),
        column("rules_version", pa.string(), "Version of code and rules that made the row."),
        column("slot", pa.string(), "Run that made the row: start of its hour, UTC, like 2026-11-21T09:00."),
    ],
)
