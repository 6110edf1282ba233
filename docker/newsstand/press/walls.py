"""Pages that stand where an article should be, with status 200, built as such pages are built."""

from __future__ import annotations

from typing import Final

from press.edition import Article

LOGIN_PATH: Final = "/account/login"


def wall_page(article: Article, base: str) -> str | None:
    """Return the page of an article of that kind; None for one that is no wall."""
    match article.kind:
        case "challenge":
            return _challenge()
        case "consent":
            return _consent(article)
        case "missing":
            return _missing()
        case "listing":
            return _listing(base)
        case _:
            return None


def login_page() -> str:
    """Return where articles for members lead whoever is none."""
    form = (
        '<form action="/session"><input type="email" name="who">'
        '<input type="password" name="word"><button>Go in</button></form>'
    )
    text = "<p>Already have an account? Forgot your password? The keeper of the gate knows.</p>"
    return _page("Log in | Gull Rock Gazette", f"<h1>Log in to continue reading</h1>{form}{text}")


def _challenge() -> str:
    script = "<script>window._cf_chl_opt = {cType: 'managed'};</script>"
    noscript = "<noscript>Enable JavaScript and cookies to continue</noscript>"
    return _page("Just a moment...", noscript + script, '<meta http-equiv="refresh" content="360">')


def _consent(article: Article) -> str:
    said = (
        "We and our 314 partners store and/or access information on a device, such as cookies.",
        "You can withdraw your consent at any time, in the menu of every page of the gazette.",
    )
    text = "".join(f"<p>{line}</p>" for line in said)
    box = f'<div id="sp_message_container_7"><h1>We value your privacy</h1>{text}</div>'
    return _page(f"{article.title} | Gull Rock Gazette", box + "<button>Accept all</button>")


def _missing() -> str:
    text = "<p>The page you are looking for may have been moved or deleted. Ask a gull.</p>"
    return _page("Page not found | Gull Rock Gazette", f"<h1>Page not found</h1>{text}")


def _listing(base: str) -> str:
    cards = "".join(
        f'<article><h2><a href="{base}/gazette/gull-{n}">Gull number {n} is counted</a></h2></article>'
        for n in range(1, 13)
    )
    return _page("All gulls | Gull Rock Gazette", f"<main><h1>All gulls</h1>{cards}</main>")


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>\n"
    )
