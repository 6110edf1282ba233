"""URL -> key, host -> owner: which spellings are one article, and which task may ask for it.

A key is never fetched. The rules only drop what is known not to choose the document, so that two
articles never share a key; what they miss is caught later by `content_key`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import ada_url
import tldextract

_DROPPED_NAMES: Final = """
    fbclid gclid gclsrc dclid gbraid wbraid yclid ysclid ymclid yadclid msclkid twclid ttclid igsh
    igshid li_fat_id epik mc_cid mc_eid _openstat xtor cmp cmpid smid smtyp ocid taid wickedid
    vero_id vero_conv mkt_tok oly_enc_id oly_anon_id rb_clickid s_cid _ga _gl _hsenc _hsmi
    hsctatracking __hstc __hssc __hsfp fb_action_ids fb_action_types fb_source fb_ref ref_src
    ref_url guccounter guce_referrer guce_referrer_sig __twitter_impression spref wt_mc wt_zmc
    wt.mc_id wt.mc_ev usqp amp amp_js_v amp_gsa outputtype print share rss
    phpsessid jsessionid aspsessionid asp.net_sessionid cfid cftoken oscsid zenid
"""
#: Names of query parameters that count visits, name a session or pick a rendering (lower case).
DROPPED: Final = frozenset(_DROPPED_NAMES.split())
#: Families of such parameters, by how their names begin.
DROPPED_PREFIXES: Final = (
    *("utm_", "ns_", "at_", "pk_", "mtm_", "matomo_", "piwik_", "itm_", "stm_", "hsa_"),
    "aspsessionid",
)

_WRAPPERS = (
    re.compile(
        r"^https?://(?:www\.)?(?:google|bing)\.[a-z.]+/amp/(s/)?(?=[^/?#]+\.)", re.IGNORECASE
    ),
    re.compile(r"^https?://[^/?#]+\.cdn\.ampproject\.org/[cv]/(s/)?(?=[^/?#]+\.)", re.IGNORECASE),
)
#: A URL as the parser writes it: taking it apart here costs a fifth of asking for each part.
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?:[^@/?#]*@)?"
    r"(?P<at>(?P<host>\[[^\]]*\]|[^:/?#]*)(?::(?P<port>\d+))?)"
    r"(?P<path>[^?#]*)(?P<query>(?:\?[^#]*)?)(?P<fragment>(?:#.*)?)"
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
#: URLs that the parser returns as they are, and so are read without it: no upper case, port or
#: punycode in the host, no segment that begins with a dot, nothing that is or might be escaped.
_PLAIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>(?:(?!xn--)[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63})"
    r"(?P<path>(?:/(?![/.])[\w~!$&'()*+,=:@.-]*)+)(?P<query>(?:\?[\w~!$&()*+,=:@./?-]*)?)",
    re.ASCII,
)
#: What `_WRAPPERS`, `_INDEX` and `_RENDERING` need at the least; found in parts, a search of all
#: would take three times as long.
_MARKS: Final = ("/amp", ".amp", "/print", "/index.", "/default.")
_HAS_SCHEME = re.compile(r"^[a-z][a-z0-9+-]*:(?!\d)", re.IGNORECASE)
_RENDERING_LABEL = re.compile(r"^(?:www|m|mobile|amp|wap|touch)\.(?=.)")
_AMPERSAND = re.compile(r"&(?:amp|#0*38);", re.IGNORECASE)
_UNSAFE = re.compile(r"[\"<>\\^`{|}\s]")
_SLASHES = re.compile("/{2,}")
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|shtml|php\d?|aspx?|jsp)$", re.IGNORECASE)
_RENDERING = re.compile(
    r"(?:(?<=[^/])/print|/amp|\.amp(?=\.html?$)|(?<=[^/])\.amp)(/?$|(?=\.html?$))"
)
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
#: Percent escapes that are spelt otherwise, by how they are written.
_RESPELT: Final = {
    written: chr(code) if code in _UNRESERVED else written.upper()
    for code in range(256)
    for high in {f"{code:02x}"[0], f"{code:02X}"[0]}
    for low in {f"{code:02x}"[1], f"{code:02X}"[1]}
    if (written := f"%{high}{low}") != written.upper() or code in _UNRESERVED
}
_ESCAPE = re.compile(
    "%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f]"  # in small letters; or of what is unreserved
    "|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])"
)


@cache
def _suffixes() -> tldextract.TLDExtract:
    # The bundled list only: the default would download a newer one at first use.
    return tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
    )


@lru_cache(maxsize=65536)
def registrable_domain(host: str) -> str:
    """Return what its owner registered: `bbc.co.uk` for `news.bbc.co.uk`.

    Under a suffix that is on no list it is the last two labels, `lantern.localhost` for instance.
    Addresses, single labels and public suffixes stand for themselves.
    """
    host = host.strip().rstrip(".").lower()
    parts = _suffixes()(host)
    if not parts.suffix and parts.subdomain:  # the list's own last rule, `*`
        return f"{parts.subdomain.rpartition('.')[2]}.{parts.domain}"
    return parts.top_domain_under_public_suffix or host


def shard_of(url: str, n: int) -> int:
    """Return which of n crawl tasks owns a URL; one registrable domain has one owner."""
    domain = registrable_domain(host_of(url))
    return int.from_bytes(hashlib.blake2b(domain.encode(), digest_size=8).digest(), "big") % n


def host_of(url: str) -> str:
    """Return the host of a URL, lower case and in punycode; empty if it has none."""
    parts = _parts_of(url)
    return "" if parts is None else parts["host"].strip("[]").rstrip(".")


@dataclass(frozen=True, slots=True)
class Address:
    """What a request goes to. `href` is the URL as a browser would send it, without fragment."""

    href: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def owner(self) -> str:
        """Registrable domain: what one request at a time may be made to, on whatever port.

        Rules are of scheme, host and port (RFC 9309, 2.3); the server behind http and https is one.
        """
        return registrable_domain(self.host)


def address_of(url: str, base: str | None = None) -> Address:
    """Read a URL, or a reference found at `base`, as browsers do; the port is 0 if unknown.

    Raises ValueError if it is none.
    """
    url = url.strip()
    plain = None if base else _PLAIN.fullmatch(url)
    if plain:
        return Address(url, plain["scheme"], plain["host"], _DEFAULT_PORTS[plain["scheme"]])
    href = ada_url.join_url(base, url) if base else ada_url.normalize_url(url)
    parts = _PARTS.match(href)
    if parts is None:
        return Address(href, href.partition(":")[0], "", 0)
    # No log-ins, and no secret in `final_url`: user and password are left out.
    bare = f"{parts['scheme']}://{parts['at']}{parts['path']}{parts['query']}"
    port = int(parts["port"] or _DEFAULT_PORTS[parts["scheme"]])
    return Address(bare, parts["scheme"], parts["host"].strip("[]"), port)


def is_address(url: str) -> bool:
    """Whether `address_of` can read a URL, for less than reading it."""
    return bool(_PLAIN.fullmatch(url) or ada_url.check_url(url))


def url_key(url: str) -> str:
    """Return blake2b-128 of the URL's normal form, 32 hex digits."""
    return _digest(normal_form(url))


def article_id(source: str, key: str) -> str:
    """Return the identity of a source's article across versions, 32 hex digits."""
    return _digest(f"{source}\n{key}")


def normal_form(url: str) -> str:
    """Return the one spelling of all URLs that name the same document.

    What is no http(s) URL is returned as it is, without the blanks around it. Never raises.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and not _is_marked(url.lower()):
        path = plain["path"].rstrip("/") or "/"
        return f"https://{_host(plain['host'])}{path}{_query(plain['query'][1:])}"
    return _respelt(url)


def _is_marked(url: str) -> bool:
    amp, dotted, print_, index, default = _MARKS
    return amp in url or dotted in url or print_ in url or index in url or default in url


def _respelt(url: str) -> str:
    """Return the normal form of any URL, the plain ones among them."""
    # A URL copied out of markup carries its ampersands escaped.
    parts = _parts_of(_unwrap(_AMPERSAND.sub("&", url.strip())))
    if parts is None:
        return url.strip()
    port = f":{parts['port']}" if parts["port"] else ""
    fragment = _escapes(parts["fragment"]) if parts["fragment"].startswith("#!") else ""
    query = _query(_escapes(parts["query"][1:]))
    return f"https://{_host(parts['host'])}{port}{_path(parts['path'])}{query}{fragment}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _parts_of(url: str) -> re.Match[str] | None:
    """Return the parts of an http(s) URL, as browsers read it; None if it is none."""
    url = url.strip()
    if url.startswith("//"):
        url = f"https:{url}"
    elif not _HAS_SCHEME.match(url):
        url = f"https://{url}"
    try:
        return _PARTS.match(_parsed(url))
    except ValueError:
        return None


def _parsed(url: str) -> str:
    """Return a URL as the parser writes it. Raises ValueError if it is none."""
    return url if _PLAIN.fullmatch(url) else str(ada_url.normalize_url(url))


def _unwrap(url: str) -> str:
    for wrapper in _WRAPPERS:
        if match := wrapper.match(url):
            return f"http{'s' if match[1] else ''}://{url[match.end() :]}"
    return url


@lru_cache(maxsize=4096)
def _host(host: str) -> str:
    """Drop the labels that only pick a rendering, as long as a site's name remains."""
    host = host.rstrip(".")
    while match := _RENDERING_LABEL.match(host):
        rest = host[match.end() :]
        if "." not in rest or _suffixes()(rest).suffix == rest:
            return host
        host = rest
    return host


def _path(path: str) -> str:
    path = _SESSION.sub("", _SLASHES.sub("/", _escapes(path)))
    path = _INDEX.sub("/", path)
    path = _RENDERING.sub("", path.rstrip("/"))
    return path.rstrip("/") or "/"


def _query(query: str) -> str:
    if not query:
        return ""
    kept = [pair for pair in query.split("&") if pair and not _is_dropped(_name(pair))]
    # Only names are sorted: the order of equal names may carry meaning.
    return f"?{'&'.join(sorted(kept, key=_name))}" if kept else ""


def _name(pair: str) -> str:
    return pair.partition("=")[0]


@lru_cache(maxsize=4096)
def _is_dropped(name: str) -> bool:
    name = name.lower()
    return name in DROPPED or name.startswith(DROPPED_PREFIXES)


def _escapes(text: str) -> str:
    """Spell every percent escape in one way: unreserved decoded, hex in capitals (RFC 3986 6.2.2)."""
    if "%" in text:
        text = _ESCAPE.sub(lambda match: _RESPELT[match[0]], text)
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)
