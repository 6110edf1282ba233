"""The log of requests: what hosts were asked, when, by which rule, and what was refrained from."""

from __future__ import annotations

import pyarrow as pa

from schemas.fields import TIMESTAMP, column, table

_UNSENT = "it was not sent"

# One documented line per column.
# fmt: off
REQUEST = table(
    "requests",
    1,
    "Every HTTP request that was sent, robots.txt, redirect hops and retries too, and every one that was refrained from.",
    [
        column("host", pa.string(), "Registrable domain that was asked."),
        column("source", pa.string(), "Id of the source it was asked for."),
        column("purpose", pa.string(), "daily or backfill."),
        column("kind", pa.string(), "robots, tdmrep, listing, page, part (a later page of an article) or hub (a request to push its news)."),
        column("url", pa.string(), "What was asked for."),
        column("sent", pa.bool_(), "Whether it was sent; if not, `reason` says what forbade it."),
        column("at", TIMESTAMP, "When it was sent, or refrained from."),
        column("hop", pa.int16(), "Redirects followed to get there; 0 for the first address."),
        column("attempt", pa.int16(), "Number of the try of this address, from 1."),
        column("status", pa.int16(), "HTTP status.", null="no answer"),
        column("reason", pa.string(), "ok if it was answered, whatever the status; else what went wrong, in the words of the reason list."),
        column("detail", pa.string(), "One line for a person; may be empty."),
        column("bytes", pa.int64(), "Length of the body, content encoding undone; of an error at most 64 KiB.", null="no answer"),
        column("elapsed_s", pa.float64(), "Seconds from sending to the end of the answer.", null=_UNSENT),
        column("rule", pa.string(), "Who set the pause before it: seed, crawl-delay, crawl-delay-cut (a longer one, cut to `fetch.longest_wait_s`), retry-after, backoff, breaker, or last-run (the pause after the run before).", null=_UNSENT),
        column("delay_s", pa.float64(), "That pause in seconds, jitter included, from the end of the host's request before.", null=_UNSENT),
        column("waited_s", pa.float64(), "Seconds it waited for its turn; 0 if the pause was over.", null=_UNSENT),
        column("rest_s", pa.float64(), "Seconds of rest that its answer brought the host.", null="none"),
        column("rest_rule", pa.string(), "Why it rests: retry-after or backoff.", null="it does not"),
        column("robots_at", TIMESTAMP, "When the robots.txt was had that allowed or forbade it.", null="a file of rules itself, or its rules could not be read"),
        column("robots_digest", pa.string(), "sha256 of that robots.txt, hex; its copy lies in `robots/<digest>.txt`.", null="there was none, so all is allowed"),
        column("slot", pa.string(), "Run that made the request."),
    ],
)
