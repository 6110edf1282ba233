import pytest

from pipeline.extract.agency import read_agency

TEXT = "The ferry to the outer islands sailed again on Monday."


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("LONDON (Reuters) - The ferry sailed again.", "Reuters"),
        ("RIGA, Latvia (AP) — The ferry sailed again.", "AP"),
        ("МОСКВА, 21 ноября. /ТАСС/. Паром снова ходит.", "TASS"),
        ("РИГА, 21 ноя - РИА Новости. Паром снова ходит.", "RIA Novosti"),
        ("Hamburg (dpa/lno) - Die Fähre fährt wieder.", "dpa"),
        ("(ANSA) - ROMA, 21 NOV - Il traghetto riparte.", "ANSA"),
        ("Madrid, 21 nov (EFE).- El barco zarpó.", "EFE"),
        ("Paris, 21 nov. 2026 (AFP) – Le bac a repris.", "AFP"),
        ("[東京 21日 ロイター] - 港が再開した。", "Reuters"),
        ("【ワシントン共同】港が再開した。", None),
        ("新华社北京11月21日电 港口重新开放。", "Xinhua"),
        ("(서울=연합뉴스) 항구가 다시 열렸다.", "Yonhap"),
        ("Київ. Укрінформ. Пором знову ходить.", None),
    ],
)
def test_a_dateline_names_its_agency(line, agency):
    assert read_agency([line, TEXT]) == agency


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("(Quelle: APA/sda/dpa)", "APA"),
        ("Quelle: AFP", "AFP"),
        ("Mit dpa", "dpa"),
        ("mit dpa", "dpa"),
        ("SDA/sep", "sda"),
        ("© AFP", "AFP"),
        ("Паром снова ходит. /ТАСС/", "TASS"),
        ("The ferry sails on. (AP)", "AP"),
        ("—Associated Press writer Jane Mill in Riga contributed to this report.", "AP"),
    ],
)
def test_a_closing_credit_names_its_agency(line, agency):
    assert read_agency([TEXT, TEXT, line]) == agency


@pytest.mark.parametrize(
    "line",
    [
        "The Associated Press (AP) said on Monday that it would close its harbour desk.",
        "Reuters reported the news first, and others followed.",
        "A spokesman told dpa that the ferry would sail.",
        "Die dpa meldete am Montag, dass die Fähre fährt.",
        "По данным ТАСС, паром снова ходит.",
        "PA doors were stolen from the pier.",
    ],
)
def test_an_agency_in_a_sentence_is_no_credit(line):
    assert read_agency([line, TEXT, TEXT, line]) is None


def test_no_lines_credit_nobody():
    assert read_agency([]) is None
