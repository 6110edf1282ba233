"""Pages in other scripts, in two languages, and with characters no reader sees."""

import unicodedata

import pytest

from pipeline.boilerplate import key, load_rules
from pipeline.extract.language import detect
from pipeline.extract.lines import lines_of, tidy, words
from pipeline.extract.strip import strip
from pipeline.settings import ROOT

KAZAKH = [
    "Қала әкімі дүйсенбі күні дауылдан кейін порттың қайта ашылғанын және паромның бұрынғы кестемен жүре бастағанын хабарлады.",
    "Балықшылар екі апта бойы теңізге шыға алмай отырды, енді олардың қайықтары таңертеңнен бері айлақтан кетіп жатыр.",
    "Жөндеу жұмыстарына бөлінген қаражаттың жартысы ғана жұмсалды, қалғаны көктемде жаңа айлақ салуға кетеді.",
]
RUSSIAN = [
    "Мэр города сообщил в понедельник, что после шторма порт снова открыт и паром ходит по прежнему расписанию.",
    "Рыбаки две недели не могли выйти в море, а теперь их лодки с самого утра покидают гавань одна за другой.",
    "На ремонт ушла только половина выделенных денег, остальные весной потратят на строительство нового причала.",
]
SERBIAN = "Градоначелник је у понедељак саопштио да је после олује лука поново отворена и да трајект плови по старом реду вожње. Рибари две недеље нису могли на море."
SERBIAN_LATIN = "Gradonačelnik je u ponedeljak saopštio da je posle oluje luka ponovo otvorena i da trajekt plovi po starom redu vožnje. Ribari dve nedelje nisu mogli na more."
UZBEK = "Shahar hokimi dushanba kuni boʻrondan keyin port yana ochilganini va parom avvalgi jadval boʻyicha qatnay boshlaganini maʼlum qildi. Baliqchilar ikki hafta dengizga chiqa olmadi."
UZBEK_CYRILLIC = "Шаҳар ҳокими душанба куни бўрондан кейин порт яна очилганини ва паром аввалги жадвал бўйича қатнай бошлаганини маълум қилди. Балиқчилар икки ҳафта денгизга чиқа олмади."
KAZAKH_LATIN = "Qala ákimi dúisenbi kúni daýyldan keıin porttyń qaıta ashylǵanyn jáne paromnyń burynǵy kestemen júre bastaǵanyn habarlady."
ARABIC = "قال رئيس البلدية يوم الاثنين إن الميناء فُتح من جديد بعد العاصفة، وإن العبّارة عادت إلى جدولها السابق (12 رحلة)."
PERSIAN = "شهردار روز دوشنبه گفت که بندر پس از توفان دوباره باز شده است و کشتی‌ها طبق برنامهٔ پیشین می‌روند؛ ماهیگیران دو هفته به دریا نرفته بودند."
HEBREW = "ראש העיר אמר ביום שני כי הנמל נפתח מחדש לאחר הסערה, וכי המעבורת שבה לפעול לפי לוח הזמנים הקודם — 12 הפלגות ביום."
CHINESE = "市长周一表示，风暴过后港口重新开放，渡轮按原来的时刻表恢复航行。渔民两个星期没有出海，现在他们的船从清晨起陆续离开港湾。维修只用去一半的款项，其余的钱将在春天用来修建新的码头。"
JAPANESE = "市長は月曜日、嵐のあと港が再び開き、フェリーが以前の時刻表どおりに運航していると発表した。漁師たちは二週間も海に出られなかったが、朝から船が次々と港を離れている。"
VIETNAMESE = "Thị trưởng cho biết hôm thứ Hai rằng cảng đã mở cửa trở lại sau cơn bão và phà chạy theo lịch cũ, còn ngư dân đã hai tuần không ra khơi."


def page(*paragraphs, title="Port", lang="en", direction="ltr"):
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


@pytest.fixture
def read(judge, make_source):
    def run(*paragraphs, languages=("en",), **head):
        source = make_source(languages=list(languages))
        return judge(page(*paragraphs, **head), source=source)

    return run


@pytest.mark.parametrize(
    ("paragraphs", "language"),
    [
        ([*KAZAKH, KAZAKH[0].replace("Қала", "Аудан"), RUSSIAN[0]], "kk"),
        ([RUSSIAN[0], *KAZAKH, KAZAKH[1].replace("екі", "үш")], "kk"),
        ([KAZAKH[0], *RUSSIAN, RUSSIAN[1].replace("две", "три")], "ru"),
        ([*RUSSIAN, RUSSIAN[0].replace("города", "посёлка"), KAZAKH[2]], "ru"),
    ],
)
def test_a_page_in_two_languages_is_in_that_of_most_of_it(read, paragraphs, language):
    article = read(*paragraphs, languages=("kk", "ru"), title="Порт")
    assert article.language == language
    assert article.text.split("\n") == paragraphs


@pytest.mark.parametrize(
    ("text", "lang"), [(ARABIC, "ar"), (PERSIAN, "fa"), (HEBREW, "he")], ids=["ar", "fa", "he"]
)
def test_text_from_right_to_left_keeps_order_and_marks(read, text, lang):
    paragraphs = [text, f"{text} {text}", f"{text} 2026"]
    article = read(*paragraphs, languages=(lang,), lang=lang, direction="rtl", title=text[:20])
    assert article.text.split("\n") == paragraphs
    assert article.language == lang


def test_marks_of_direction_stay_where_they_order_a_line():
    assert tidy("מחיר \u200f12\u200e ש״ח") == "מחיר \u200f12\u200e ש״ח"
    assert tidy("The \u200eferry\u200f is \u202aback\u202c.") == "The ferry is back."


def test_joiners_stay_where_they_spell():
    assert tidy("می\u200cروند") == "می\u200cروند"
    assert tidy("क्\u200dष") == "क्\u200dष"
    assert tidy("👩\u200d💻 at work") == "👩\u200d💻 at work"
    assert tidy("fer\u200cry, па\u200dром\u200c") == "ferry, паром"


@pytest.mark.parametrize(
    ("seen", "sent"),
    [
        ("The ferry is back", "The fer\u00adry is ba\u200bck"),
        ("The ferry is back", "\ufeffThe ferry\u2060 is \u200bback\ufeff"),
        ("The ferry is back", "The\u00a0ferry\u2009is \u3000 back"),
        ("The ferry is back", "The ferry\u2028is\u2029back"),
        ("The ferry is back", "The fer\x00ry is\x1f ba\x08ck\x7f"),
        ("It’s back – “now”…", "It\x92s back \x96 \x93now\x94\x85"),
        ("Café de la plage", "Cafe\u0301 de la plage"),
        ("Mill & port, R&D", "Mill &amp; port, R&D"),
        ("Mill & port", "Mill &amp;amp;amp; port"),
        ("5 < 6 > 4", "5 &lt; 6 &gt; 4"),
        ("Say “back”", "Say &ldquo;back&#8221;"),
        ("The ferry", "The&nbsp;&#160;ferry"),
        ("The ferry", "The &#1114112;ferry&#xFFFFFF;"),
        ("The ferry", "The \ufffd ferry"),
        ("The bold ferry", "<p>The <b>bold</b> ferry</p>"),
        ("a < b, he wrote", "a < b, he wrote"),
        ("&c; and AT&T;", "&c; and AT&T;"),
        ("I <3 the port", "I <3 the port"),
    ],
)
def test_a_line_as_readers_see_it(seen, sent):
    assert tidy(sent) == seen
    assert tidy(seen) == seen


def test_paragraphs_escaped_into_text_are_lines():
    assert lines_of("&lt;p&gt;One &lt;i&gt;boat&lt;/i&gt;.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;") == [
        "One boat.",
        "Two.",
    ]


SOUP = (
    "The mayor of the port said on Monday that the quay &amp;amp; the mill would open again&nbsp;soon, and that the "
    "fer\u00adry&#8217;s old time\u200btable holds&#x110000; from now on."
)
CLEAR = (
    "The mayor of the port said on Monday that the quay & the mill would open again soon, and that the "
    "ferry’s old timetable holds from now on."
)


def test_a_page_of_entity_soup(read):
    more = "Fishermen had been waiting for two weeks, and their boats left the harbour one by one at dawn on Tuesday."
    article = read(f"{SOUP}\x00", f"&lt;p&gt;{more}&lt;/p&gt;", title="Quay &amp;amp; mill open")
    assert article.title == "Quay & mill open"
    first, second = article.text.split("\n")
    assert first.replace("\ufffd", "") == CLEAR
    assert second == more


def test_decomposed_accents_are_composed(read):
    paragraphs = [f"{VIETNAMESE} {n}" for n in ("Một.", "Hai.", "Ba.")]
    sent = [unicodedata.normalize("NFD", text) for text in paragraphs]
    article = read(*sent, languages=("vi",), lang="vi", title="Cảng")
    assert article.text.split("\n") == [unicodedata.normalize("NFC", text) for text in paragraphs]
    assert article.language == "vi"


@pytest.mark.parametrize(("text", "lang"), [(CHINESE, "zh"), (JAPANESE, "ja")], ids=["zh", "ja"])
def test_scripts_without_spaces_count_as_prose(read, text, lang):
    paragraphs = [text, text.replace("港", "湾"), text.replace("市", "町")]
    article = read(*paragraphs, "分享到微信", languages=(lang,), lang=lang, title=text[:10])
    assert article.text.split("\n")[:3] == paragraphs
    assert article.language == lang
    assert words(article.text) > 60


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (SERBIAN, {"sr"}),
        # Serbian in Latin letters is told from Croatian by a few words; here it is either.
        (SERBIAN_LATIN, {"sr", "hr"}),
        (UZBEK, {"uz"}),
        (" ".join(KAZAKH), {"kk"}),
    ],
)
def test_languages_of_two_scripts(text, language):
    assert detect(text, ["sr", "uz", "kk"])[0] in language


@pytest.mark.parametrize("text", [SERBIAN, SERBIAN_LATIN, UZBEK, UZBEK_CYRILLIC, KAZAKH_LATIN])
def test_the_text_of_either_script_stays_as_it_is(read, text):
    paragraphs = [text, f"{text} 2.", f"{text} 3."]
    article = read(*paragraphs, languages=("sr", "uz", "kk"), title="Luka")
    assert article.text.split("\n") == paragraphs


RULES = load_rules(ROOT / "seeds" / "boilerplate")


@pytest.mark.parametrize(
    "line",
    [
        "GİRİŞ YAP",
        "Giriş yap",
        "ANASAYFAYA DÖN",
        "ÇIKIŞ YAP",
        "çıkış yap",
        "SONRAKİ HABER",
        "ŞİFREMİ UNUTTUM",
    ],
)
def test_rules_fold_both_turkish_letters_i(make_source, line):
    rules = RULES.for_source(make_source(languages=["tr"]))
    prose = "Liman müdürü pazartesi günü yaptığı açıklamada geminin fırtınadan sonra yeniden sefere çıkacağını söyledi."
    assert strip([prose, line, f"{prose} Yine."], rules).lines == (prose, f"{prose} Yine.")


def test_a_dialogue_in_dashes_is_no_prompt():
    assert key("– Войти, – сказал капитан.") == ""
