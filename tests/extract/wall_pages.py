"""Invented pages that stand in an article's place, built as such pages are built; and articles like them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

SITE = "https://lantern.example"
ASKED = f"{SITE}/2026/11/ferry-berth-reopens"
#: What a site prints around everything it answers.
NAV = "".join(
    f'<li><a href="/{s}/">{s.title()}</a></li>' for s in ("harbour", "town", "sea", "weather")
)
TEASERS = "".join(
    f'<div class="teaser"><h3><a href="/2026/11/story-{n}">{title}</a></h3></div>'
    for n, title in enumerate((
        "Boats wait for the tide", "Mill to reopen in spring", "Council counts its lamps",
        "A bridge for the bees", "Islanders vote on the fare",
    ))
)  # fmt: skip
PROSE = (
    "The ferry to the outer islands sailed again on Monday, two weeks after the storm broke its pier in three places.",
    "The harbour master said that the new timbers, floated down from the inland mills, would last for forty years.",
    "Islanders had lived on flour and dried fish, and on what the coastguard could drop on calm mornings.",
    "The council will debate on Thursday whether the fare, unchanged for a decade, should pay for a second boat.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page and what it must be judged as (`ok`: an article)."""

    name: str
    expect: str
    html: str
    url: str = ASKED
    final_url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


def page(title: str, body: str, *, head: str = "", lang: str = "en", site: bool = True) -> str:
    """Return a page; with `site` between a site's header and footer."""
    around = (
        f"<header><nav><ul>{NAV}</ul></nav></header>",
        "<footer><p>© The Lantern</p></footer>",
    )
    before, after = around if site else ("", "")
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
        f"<body>{before}{body}{after}</body></html>"
    )


def paragraphs(*texts: str) -> str:
    """Return paragraphs."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


CHALLENGES = (
    ("cloudflare", "en", page(
        "Just a moment...",
        "<noscript><div><span id='challenge-error-text'>Enable JavaScript and cookies to continue</span></div></noscript>"
        "<script>(function(){window._cf_chl_opt = {cType: 'managed'}; var a = document.createElement('script');}());</script>",
        head='<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="360">', site=False)),
    ("datadome", "en", page(
        "lantern.example",
        "<p id='cmsg'>Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','cid':'x','hsh':'y'}</script>"
        "<script src='https://ct.captcha-delivery.com/c.js'></script>", site=False)),
    ("human", "en", page(
        "Access to this page has been denied",
        "<section><h1>Please verify you are a human</h1><div id='px-captcha'></div>"
        "<p>Access to this page has been denied because we believe you are using automation tools.</p></section>"
        "<script>window._pxAppId = 'PX1';</script>", site=False)),
    ("imperva", "en", page(
        "", "<iframe id='main-iframe' src='/_Incapsula_Resource?SWUDNSAI=31&xinfo=1'>Request unsuccessful. "
        "Incapsula incident ID: 7-1</iframe>", head='<meta name="robots" content="noindex">', site=False)),
    ("akamai", "en", page(
        "", "<div id='sec-if-cpt-container'></div><script src='/_sec/cp_challenge/ak-challenge-4-3.js'></script>", site=False)),
    ("amazon", "en", page(
        "Human Verification", "<div id='captcha-container'></div><script>window.gokuProps = {key: 'x'};</script>"
        "<script src='https://1.token.awswaf.com/challenge.js'></script>", site=False)),
    ("unknown firewall", "en", page(
        "Robot check", "<h1>Are you a robot?</h1><p>We have seen unusual traffic from your network. "
        "Solve the captcha to go on.</p><form><input name='captcha'><button>Go on</button></form>", site=False)),
    ("unknown firewall", "ru", page(
        "Вы не робот?", "<h1>Подтвердите, что вы не робот</h1><p>Запросы с вашего адреса похожи на автоматические.</p>"
        "<div class='g-recaptcha'></div><script src='/c.js'></script>", lang="ru", site=False)),
    ("unknown firewall", "de", page(
        "Einen Moment, bitte …", "<p>Bitte bestätigen Sie, dass Sie ein Mensch sind. Ihr Browser wird überprüft.</p>"
        "<script>setTimeout(function(){location.reload()}, 4000)</script>", lang="de", site=False)),
    ("unknown firewall", "ja", page(
        "しばらくお待ちください", "<p>人間であることを確認しています。</p><script src='/v.js'></script>", lang="ja", site=False)),
    ("unknown firewall", "fr", page(
        "Vérification de sécurité", "<h1>Un instant…</h1><p>Nous devons vérifier que vous êtes humain.</p>"
        "<script src='/verify.js'></script>", lang="fr", site=False)),
    ("reload", "en", page(
        "Please wait", "<p>Checking your browser before you reach lantern.example.</p>",
        head='<meta http-equiv="refresh" content="5">', site=False)),
)  # fmt: skip

CONSENT_EN = paragraphs(
    "We and our 842 partners store and/or access information on a device, such as cookies, and process personal data.",
    "With your permission we and our partners may use precise geolocation data and identification through device scanning.",
    "You may click to consent to our processing. You can withdraw your consent or change your preferences at any time.",
)
CONSENTS = (
    ("platform host", "en", page("Welcome to Harbour Media", CONSENT_EN + "<form><button>Accept all</button></form>", site=False),
     "https://consent.harbour-media.example/v2/collectConsent?sessionId=1"),
    ("own path", "de", page(
        "Zustimmung erforderlich", paragraphs(
            "Mit Werbung weiterlesen: Besuchen Sie uns wie gewohnt mit Werbung und Tracking.",
            "Wir und unsere Partner verarbeiten personenbezogene Daten. Ihre Einwilligung können Sie jederzeit widerrufen."),
        lang="de", site=False), f"{SITE}/consent/tcf/2026/11/ferry-berth-reopens"),
    ("sourcepoint", "en", page("We value your privacy", f"<div id='sp_message_container_1'><h1>We value your privacy</h1>{CONSENT_EN}</div>"
     "<script src='https://cdn.privacy-mgmt.com/unified/wrapperMessagingWithoutDetection.js'></script>", site=False), ""),
    ("didomi", "fr", page(
        "Le respect de votre vie privée est notre priorité", "<div id='didomi-host'><h1>Le respect de votre vie privée est notre priorité</h1>"
        + paragraphs("Nous et nos partenaires stockons et accédons à des informations sur un appareil, telles que les cookies.",
                     "Vous pouvez retirer votre consentement à tout moment.") + "</div>", lang="fr", site=False), ""),
    ("onetrust", "nl", page(
        "Cookie-instellingen", "<div class='onetrust-pc'><h2>Wij respecteren uw privacy</h2>" + paragraphs(
            "Wij en onze partners gebruiken cookies en vergelijkbare technieken. U kunt uw toestemming intrekken.") +
        "</div><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>", lang="nl", site=False), ""),
    ("usercentrics", "de", page(
        "Ferry berth reopens | Laterne", "<div id='uc-banner'><h1>Datenschutzeinstellungen</h1>" + paragraphs(
            "Wir und unsere Partner nutzen Cookies, um personalisierte Anzeigen und Inhalte zu zeigen.",
            "Ihre Zustimmung können Sie jederzeit widerrufen.") + "</div>", lang="de", site=False), ""),
    ("unknown platform", "pl", page(
        "Cenimy Twoją prywatność", "<h1>Zanim przejdziesz dalej</h1>" + paragraphs(
            "My i nasi partnerzy przechowujemy pliki cookie i przetwarzamy dane osobowe, aby pokazywać spersonalizowane reklamy.",
            "W każdej chwili możesz wycofać zgodę."), lang="pl", site=False), ""),
    ("unknown platform", "it", page(
        "La Lanterna", "<h1>La tua privacy è importante per noi</h1>" + paragraphs(
            "Noi e i nostri partner utilizziamo cookie e tecnologie simili. Puoi revocare il consenso in qualsiasi momento."),
        lang="it", site=False), ""),
    ("unknown platform", "cs", page(
        "Vážíme si vašeho soukromí", "<main>" + paragraphs(
            "My a naši partneři ukládáme soubory cookie. Souhlas můžete odvolat v nastavení, oprávněný zájem tamtéž.") + "</main>",
        lang="cs", site=False), ""),
    ("unknown platform", "ru", page(
        "Мы ценим вашу конфиденциальность", "<main>" + paragraphs(
            "Мы и наши партнеры используем файлы cookie и обрабатываем персональные данные. Вы можете отозвать согласие.") + "</main>",
        lang="ru", site=False), ""),
)  # fmt: skip

MISSING = (
    ("en", "Page not found", "Page not found", "Sorry, the page you are looking for has sailed. Try the search."),
    ("en", "The Lantern", "404", "The link you followed may be broken, or the page may have been moved or deleted."),
    ("de", "Seite nicht gefunden | Laterne", "Seite nicht gefunden", "Die von Ihnen aufgerufene Seite existiert nicht mehr."),
    ("fr", "Page introuvable - La Lanterne", "Oups, page introuvable", "La page que vous recherchez a été déplacée ou supprimée."),
    ("es", "Error 404", "Página no encontrada", "El contenido que buscas ya no está disponible."),
    ("it", "Pagina non trovata", "Pagina non trovata", "La pagina che stai cercando non è più disponibile."),
    ("pt", "Página não encontrada", "Erro 404", "A página que você procura foi removida ou mudou de endereço."),
    ("ru", "Ошибка 404", "Страница не найдена", "Неправильно набран адрес, или такой страницы больше нет."),
    ("uk", "Сторінку не знайдено", "Сторінку не знайдено", "Сторінка, яку ви шукаєте, була видалена або переміщена."),
    ("kk", "Бет табылмады", "Бет табылмады", "Сіз іздеген бет жойылған."),
    ("lv", "Lapa nav atrasta", "Lapa nav atrasta", "Meklētā lapa ir pārvietota vai dzēsta."),
    ("tr", "Sayfa bulunamadı", "Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış olabilir."),
    ("zh", "页面不存在", "页面不存在", "您要找的页面已被删除。"),
    ("ja", "ページが見つかりません", "お探しのページは見つかりませんでした", "削除されたか、移動した可能性があります。"),
    ("ar", "الصفحة غير موجودة", "الصفحة غير موجودة", "الصفحة التي تبحث عنها لم تعد هنا."),
)  # fmt: skip

LOGINS = (
    ("en", "Log in | The Lantern", "Log in to continue reading", "Already have an account? Forgot your password?", f"{SITE}/account/login?next=/2026/11/ferry"),
    ("en", "Create a free account", "Register for free", "Register to continue. Already registered? Sign in.", ""),
    ("de", "Anmelden", "Anmelden, um weiterzulesen", "Noch kein Konto? Jetzt kostenlos registrieren. Passwort vergessen?", "https://login.lantern.example/"),
    ("fr", "Connexion - La Lanterne", "Connectez-vous", "Pas encore de compte ? Mot de passe oublié ?", f"{SITE}/connexion?retour=1"),
    ("es", "Iniciar sesión", "Iniciar sesión", "¿No tienes una cuenta? ¿Has olvidado tu contraseña?", ""),
    ("ru", "Вход на сайт", "Вход", "Войдите, чтобы читать дальше. Забыли пароль?", ""),
    ("tr", "Giriş yap", "Üye girişi", "Hesabınız yok mu? Şifremi unuttum.", f"{SITE}/giris"),
    ("ja", "ログイン", "ログイン", "パスワードをお忘れの方はこちら", ""),
    ("sv", "Logga in", "Logga in för att läsa vidare", "Har du redan ett konto? Glömt lösenord?", ""),
)  # fmt: skip
_FORM = '<form action="/session"><input type="email" name="e"><input type="password" name="p"><button>Go</button></form>'


def _cards(n: int) -> str:
    return "".join(
        f'<article><h2><a href="/2026/11/story-{i}">Boat number {i} sails from the pier</a></h2><p>More in May.</p></article>'
        for i in range(n)
    )


LISTINGS = (
    ("section", page("Harbour | The Lantern", f"<main class='list'><h1>Harbour</h1>{_cards(12)}</main>"), f"{SITE}/harbour/"),
    ("tag", page("Ferry | The Lantern", f"<main><h1>Ferry</h1>{_cards(5)}</main>"), f"{SITE}/tag/ferry/"),
    ("author", page("Anna Mill", f"<main><h1>Anna Mill</h1><p>Anna writes about boats.</p>{_cards(5)}</main>",
                    head='<meta property="og:type" content="profile">'), f"{SITE}/author/anna-mill"),
    ("search", page("Search results", f"<main><h1>Results for ferry</h1>{_cards(9)}</main>",
                    head='<script type="application/ld+json">{"@type":"SearchResultsPage"}</script>'), f"{SITE}/search?q=ferry"),
    ("Thema", page("Fähre", f"<main><h1>Fähre</h1>{_cards(6)}</main>", lang="de"), f"{SITE}/thema/faehre"),
    ("collection", page("Archive", f"<main><h1>November</h1>{_cards(6)}</main>",
                        head='<script type="application/ld+json">{"@type":"CollectionPage"}</script>'), f"{SITE}/2026/11/"),
)  # fmt: skip

_LD = '<script type="application/ld+json">{{"@type":"{}","name":"x"}}</script>'
_ROWS = "".join(
    f"<tr><td>Team {n}</td><td>{n}</td><td>{30 - n}</td><td>{n * 3}</td></tr>" for n in range(14)
)
OTHERS = (
    ("gallery", page("Boats in pictures", "<main><h1>Boats in pictures</h1>" + "".join(
        f"<figure><img src='{n}.jpg'><figcaption>Boat {n} in the port.</figcaption></figure>" for n in range(9)) + "</main>",
        head=_LD.format("ImageGallery"))),
    ("film", page("The launch", "<main><h1>The launch</h1><iframe src='https://player.vimeo.com/video/1'></iframe>"
                  "<p>Watch the launch of the new ferry.</p></main>", head=_LD.format("VideoObject"))),
    ("podcast", page("Harbour talk 12", "<main><h1>Harbour talk 12</h1><audio src='12.mp3'></audio>"
                     "<p>This week the harbour master talks about timber, tides and the price of a ticket to the islands, "
                     "and answers what listeners have asked him about the winter timetable of the ferry.</p></main>",
                     head=_LD.format("PodcastEpisode"))),
    ("product", page("Harbour mug", "<main><h1>Harbour mug</h1>" + paragraphs(
        "A mug of grey stoneware with a blue ferry on it, fired in the island's own kiln and made to last for years.",
        "It holds a third of a litre, may be washed in a machine and is sent within two days of your order.") + "</main>",
        head='<meta property="og:type" content="product">')),
    ("table", page("League table", f"<main><h1>League table</h1><table>{_ROWS}</table></main>")),
    ("no text", page("", "<div id='root'></div><script src='/app.js'></script>", site=False)),
)  # fmt: skip


def _news(title: str, body: str, head: str = "") -> str:
    script = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","datePublished":"2026-11-18T07:30:00Z"}</script>'
    return page(
        f"{title} | The Lantern",
        f"<main><article><h1>{escape(title)}</h1>{body}</article></main>",
        head=head + script,
    )


_BANNER = f"<div id='onetrust-banner-sdk' class='cookie-banner'><h2>We value your privacy</h2>{CONSENT_EN}<button>Accept all</button></div>"
_MODAL = f"<div class='modal login' hidden><h2>Log in</h2>{_FORM}<p>Forgot your password?</p></div>"
_SENSOR = "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script><script src='https://js.datadome.co/tags.js'></script>"
ARTICLES = (
    ("plain", _news("Ferry back after storm", paragraphs(*PROSE))),
    ("titled like an error", _news("Page not found", paragraphs(*PROSE))),
    ("titled like a challenge", _news("Just a moment", paragraphs(*PROSE))),
    ("titled like a log-in", page("Log in", f"<main><h1>Log in</h1>{paragraphs(*PROSE)}</main>")),
    ("brief beside a banner", _news("Ferry back after storm", paragraphs(*PROSE[:3]) + _BANNER)),
    ("undated brief beside a banner", page("Ferry back", f"<main><h1>Ferry back</h1>{paragraphs(*PROSE)}</main>{_BANNER}")),
    ("brief beside a log-in", _news("Ferry back after storm", paragraphs(*PROSE[:3]) + _MODAL)),
    ("undated brief beside a log-in", page("Ferry back", f"<main><h1>Ferry back</h1>{paragraphs(*PROSE)}</main>{_MODAL}")),
    ("behind a sensor", _news("Ferry back after storm", paragraphs(*PROSE) + _SENSOR)),
    ("with a captcha below comments", _news("Ferry back after storm", paragraphs(*PROSE) + "<form><div class='g-recaptcha'></div></form>")),
    ("about cookies", page("New rules for cookies", "<main><h1>New rules for cookies</h1>" + paragraphs(
        "Publishers will have to ask for your consent in plain words from January, the data office said on Monday.",
        "The office counted banners that say “we and our partners” above a hundred lines of legitimate interest.",
        "Readers could withdraw consent on only one site of ten, and personal data were sold on nine.",
        "A spokesman for the publishers said that the price of news would rise if the rules stay as they are.",
    ) + "</main><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>")),
    ("about a lost page", page("Monks find a lost page", "<main><h1>Monks find a lost page</h1>" + paragraphs(
        "The page you are looking for, the abbot told the historian, is under the cheese in the cellar.", *PROSE[1:]) + "</main>")),
    ("about robots", page("Are robots taking the pier?", "<main><h1>Are robots taking the pier?</h1>" + paragraphs(
        "“I am not a robot,” said the welder on the pier, who has been asked by children all summer.", *PROSE[1:]) + "</main>")),
)  # fmt: skip


def samples() -> list[Sample]:
    """Return all pages."""
    return [*_walls(), *_lists(), *_others()]


def _walls() -> list[Sample]:
    made = [
        Sample(name=f"{n}, {lang}", expect="bot_challenge", html=h) for n, lang, h in CHALLENGES
    ]
    header = ("cf-mitigated", "challenge")
    made.append(
        Sample(
            name="header alone",
            expect="bot_challenge",
            html=page("", "", site=False),
            headers=(header,),
        )
    )
    for name, lang, html, final in CONSENTS:
        made.append(
            Sample(name=f"{name}, {lang}", expect="consent_wall", html=html, final_url=final)
        )
    for lang, title, heading, text in MISSING:
        body = f"<main><h1>{heading}</h1><p>{text}</p><form><input name='q'></form></main>"
        bare = Sample(
            name=f"{heading}, {lang}", expect="soft_404", html=page(title, body, lang=lang)
        )
        more = f"{body}<section><h2>Most read</h2>{TEASERS}</section>"
        made += [
            bare,
            replace(bare, name=f"{bare.name}, most read", html=page(title, more, lang=lang)),
        ]
    for lang, title, heading, text, final in LOGINS:
        body = f"<main><h1>{heading}</h1>{_FORM}<p>{text}</p></main>"
        made.append(
            Sample(
                name=f"{heading}, {lang}",
                expect="login_wall",
                html=page(title, body, lang=lang),
                final_url=final,
            )
        )
    return made


def _lists() -> list[Sample]:
    made = [Sample(name=n, expect="listing_page", html=h, url=u) for n, h, u in LISTINGS]
    front = page("The Lantern", f"<main><h1>The Lantern</h1>{_cards(20)}</main>")
    made += [
        Sample(name=f"home {path or '(none)'}", expect="home_page", html=front, url=SITE + path)
        for path in ("", "/", "/index.html", "/en/", "/de", "/lv/index.php")
    ]
    made += [
        Sample(name="sent home", expect="soft_404", html=front, final_url=f"{SITE}/"),
        Sample(
            name="sent to a language's home", expect="soft_404", html=front, final_url=f"{SITE}/en/"
        ),
        Sample(
            name="sent to its section",
            expect="soft_404",
            html=LISTINGS[0][1],
            url=f"{SITE}/harbour/ferry-berth",
            final_url=f"{SITE}/harbour/",
        ),
        Sample(
            name="sent to its month",
            expect="soft_404",
            html=LISTINGS[5][1],
            final_url=f"{SITE}/2026/11/",
        ),
    ]
    return made


def _others() -> list[Sample]:
    made = [Sample(name=n, expect="not_article", html=h) for n, h in OTHERS]
    made += [Sample(name=n, expect="ok", html=h) for n, h in ARTICLES]
    return made
