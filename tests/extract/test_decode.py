import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.decode import decode

TEXTS = {
    "cp1251": "Паром снова ходит по расписанию: порт открыли после шторма, сообщила администрация города. ",
    "koi8-r": "Паром снова ходит по расписанию: порт открыли после шторма, сообщила администрация города. ",
    "cp1252": "Die Fähre fährt wieder, sagte der Bürgermeister über die große Verspätung der Schiffe. ",
    "iso-8859-2": "Zażółć gęślą jaźń, powiedział żeglarz, a łódź ruszyła wśród mgły o świcie. ",
    "cp1257": "Prāmis atkal kursē pēc saraksta, osta pēc vētras atvērta, paziņoja pilsētas dome. ",
    "cp1254": "Gemi bugün yeniden sefere çıktı; liman şiddetli fırtınadan sonra açıldı, dedi başkan. ",
    "cp1253": "Το πλοίο έκανε ξανά το δρομολόγιο, το λιμάνι άνοιξε μετά την καταιγίδα, είπε ο δήμαρχος. ",
    "gb18030": "港口在风暴过后重新开放，渡轮恢复正常航班，市政府周一表示，旅客可以购票。",
    "big5": "港口在風暴過後重新開放，渡輪恢復正常航班，市政府週一表示，旅客可以購票。",
    "shift_jis": "嵐のあと港が再び開き、フェリーは通常どおり運航していると市は月曜日に発表した。",
    "euc-kr": "폭풍이 지나간 뒤 항구가 다시 열렸고 여객선은 정상 운항한다고 시가 월요일에 밝혔다. ",
    "utf-8": "Паром снова ходит; Fähre, 渡轮 — all of it in one text. ",
}


def page(encoding, meta=""):
    declared = f'<meta charset="{meta}">' if meta else ""
    return f"<html><head>{declared}<title>x</title></head><body><p>{TEXTS[encoding] * 12}</p></body></html>".encode(
        encoding
    )


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("where", ["meta", "header", "utf-8 in the header", "latin1 in the header"])
def test_declared_encodings(encoding, where):
    header = {"meta": "text/html", "header": f"text/html; charset={encoding}"}.get(
        where, f"text/html; charset={'utf-8' if 'utf' in where else 'ISO-8859-1'}"
    )
    decoded = decode(page(encoding, "" if where == "header" else encoding), header)
    assert TEXTS[encoding].strip() in decoded.text


@pytest.mark.parametrize(
    "encoding", ["cp1251", "koi8-r", "gb18030", "big5", "shift_jis", "euc-kr", "cp1253", "utf-8"]
)
@pytest.mark.parametrize(
    "header",
    [
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=iso-8859-1",
        "text/html; charset=nonsense",
    ],
)
def test_encodings_that_nothing_tells(encoding, header):
    assert TEXTS[encoding].strip() in decode(page(encoding), header).text


@pytest.mark.parametrize("stray", [b"\x93", b"\xff", b"\xe9\xe9"])
def test_a_stray_byte_does_not_turn_a_utf8_page(stray):
    body = page("utf-8", "utf-8")
    broken = body[:200] + stray + body[200:]
    decoded = decode(broken, "text/html; charset=windows-1251")
    assert decoded.encoding == "utf-8"
    assert "渡轮" in decoded.text


@pytest.mark.parametrize(
    ("body", "text", "encoding"),
    [
        ("\ufeffПаром".encode(), "Паром", "utf-8"),
        ("Паром ходит".encode("utf-16"), "Паром ходит", "utf-16-le"),
        (b"\xfe\xff" + "Паром".encode("utf-16-be"), "Паром", "utf-16-be"),
        (
            ("<p>" + "The ferry sails. " * 40).encode("utf-16-le"),
            "<p>" + "The ferry sails. " * 40,
            "utf-16-le",
        ),
        (b"", "", "utf-8"),
        (b"fer\0ry\x07 back\x1b", "ferry back", "utf-8"),
        ("“quotes” – dash".encode("cp1252"), "“quotes” – dash", "cp1252"),
    ],
)
def test_marks_controls_and_short_texts(body, text, encoding):
    header = "text/html; charset=iso-8859-1" if encoding == "cp1252" else "text/html"
    assert (decode(body, header).text, decode(body, header).encoding) == (text, encoding)


def test_the_parser_gets_the_bytes_as_they_came():
    body = page("utf-8", "utf-8")
    assert decode(body).utf8 is body
    mended = decode(b"\xef\xbb\xbffer\0ry " + "Fähre".encode("cp1252"), "text/html")
    assert mended.utf8.decode() == mended.text


def test_japanese_in_seven_bits():
    text = "<p>嵐のあと港が再び開いた。</p>"
    decoded = decode(text.encode("iso2022_jp"), "text/html; charset=ISO-2022-JP")
    assert (decoded.text, decoded.encoding) == (text, "iso2022_jp")


@given(st.binary(max_size=400), st.text(max_size=60))
def test_any_bytes_give_text(body, header):
    decoded = decode(body, header)
    assert "\0" not in decoded.text
    assert decoded.broken >= 0
    decoded.text.encode("utf-8")


@pytest.mark.parametrize("label", ["unicode_escape", "raw-unicode-escape", "utf-7", "punycode"])
def test_what_no_browser_knows_is_no_charset(label):
    decoded = decode(b"caf\xe9 +AGE- \\u0041", f"text/html; charset={label}")
    assert decoded.encoding not in {"unicode_escape", "raw-unicode-escape", "utf-7", "punycode"}
    assert "\\u0041" in decoded.text
    assert "+AGE-" in decoded.text
