"""Search of places in the small city: name, code, pinyin, initials, best first, and words that mean harm."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from layers import AdminLevel
from store.engine import reading
from store.errors import UnknownPlace
from store.places import place, search

FOGANG, LIANNAN, TANGTANG = "441821000000", "441826000000", "441821102000"


@pytest.fixture
def asked(city: sa.Engine) -> Iterator[sa.Connection]:
    """A connection as the pages have it."""
    with reading(city) as connection:
        yield connection


def _codes(connection: sa.Connection, words: str) -> list[str]:
    return [found.admin_code for found in search(connection, words)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("佛冈县", FOGANG, id="name"),
        pytest.param("佛冈", FOGANG, id="without the county's suffix"),
        pytest.param("连南", LIANNAN, id="without the long suffix"),
        pytest.param("汤塘", TANGTANG, id="without the township's suffix"),
        pytest.param("瑶族", LIANNAN, id="a part in the middle"),
        pytest.param("新坣", "441821101216", id="a rare letter"),
        pytest.param("fogangxian", FOGANG, id="full pinyin, as the place reads it"),
        pytest.param("tangtang", TANGTANG, id="pinyin without the suffix"),
        pytest.param("TangTang Zhen", TANGTANG, id="pinyin in words"),
        pytest.param("lnyzzzx", LIANNAN, id="initials"),
        pytest.param("TTZ", TANGTANG, id="capital initials"),
        pytest.param(TANGTANG, TANGTANG, id="12 digits"),
        pytest.param("441821102", TANGTANG, id="9 digits"),
        pytest.param("441826", LIANNAN, id="6 digits"),
        pytest.param("４４１８２１１０２", TANGTANG, id="full-width digits"),
        pytest.param(" 汤\u3000塘\u200b镇\n", TANGTANG, id="blanks and what nobody sees"),
    ],
)
def test_the_best_hit_is_first(asked: sa.Connection, words: str, code: str) -> None:
    assert _codes(asked, words)[0] == code


def test_hits_say_where_they_lie(asked: sa.Connection) -> None:
    found = search(asked, "新联村委会")
    assert [(hit.township_name, hit.county_name) for hit in found] == [
        ("水头镇", "佛冈县"),
        ("高岗镇", "佛冈县"),
    ]
    assert {hit.level for hit in found} == {AdminLevel.VILLAGE}


def test_nine_digits_bring_the_township_and_its_villages(asked: sa.Connection) -> None:
    codes = _codes(asked, "441821102")
    assert len(codes) == 20
    assert all(code.startswith("441821102") for code in codes)


def test_the_number_of_hits_is_bounded(asked: sa.Connection) -> None:
    assert len(search(asked, "村", most=7)) == 7


@pytest.mark.parametrize(
    "words",
    ["", " \t\u3000", "%", "_", "\\", "'", "''; DROP TABLE feature.admin_units; --", "%冈%", "佛_县", "4418%",
     "\x00", "佛\\冈", "村" * 201, "x" * 1_000_000, ":words", "\ud800"],
    ids=lambda words: repr(words[:12]),
)  # fmt: skip
def test_hostile_words_find_nothing_and_break_nothing(asked: sa.Connection, words: str) -> None:
    assert search(asked, words) == []
    assert _codes(asked, "佛冈")[0] == FOGANG


@pytest.mark.parametrize(
    "code",
    ["", "4418", "441821", "abc", "4418210000001", "４４１８２１００００００", "\x00" * 12, "1" * 9999],
)
def test_what_is_no_code_is_no_place(asked: sa.Connection, code: str) -> None:
    with pytest.raises(UnknownPlace) as refused:
        place(asked, code)
    assert len(refused.value.sentence("zh")) < 100
