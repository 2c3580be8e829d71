"""Names found again: whatever `match` accepts the keys must find, and the keys stay few."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xiangyun.kernel.people.rules import names
from xiangyun.kernel.people.rules.names import Kind, Match

SURNAMES = list("王李张刘陈杨赵曾查单解欧仇区任乐吕")
GIVEN = list("建国健果文军丽娜晓明小华都长朝乐盛其木格巴拉图雅")
HAN_NAMES = st.builds(
    lambda surname, given: surname + "".join(given),
    st.sampled_from([*SURNAMES, "欧阳", "尉迟"]),
    st.lists(st.sampled_from(GIVEN), min_size=1, max_size=2),
)
MONGOLIAN = st.lists(st.sampled_from(list("乌云其木格那仁满都拉阿坦查干巴雅尔朝鲁额敦")), min_size=3, max_size=8).map(
    "".join
)
NAMES = st.one_of(HAN_NAMES, MONGOLIAN)


def finds(query: str, name: str) -> bool:
    return bool(names.search_keys(name) & {key for _, key in names.query_keys(query)})


@pytest.mark.parametrize(
    ("query", "name", "match"),
    [
        ("王建国", "王建国", Match(Kind.EXACT, 0, 3)),
        (" 王 建国 ", "王建国", Match(Kind.EXACT, 0, 3)),
        ("王", "王建国", Match(Kind.PREFIX, 0, 1)),
        ("王建", "王建国", Match(Kind.PREFIX, 0, 2)),
        ("wjg", "王建国", Match(Kind.INITIALS, 0, 3)),
        ("WJ", "王建国", Match(Kind.INITIALS, 0, 2)),
        ("ｗｊｇ", "王建国", Match(Kind.INITIALS, 0, 3)),
        ("wang", "王建国", Match(Kind.PINYIN, 0, 1)),
        ("wangji", "王建国", Match(Kind.PINYIN, 0, 2)),
        ("wang jian guo", "王建国", Match(Kind.PINYIN, 0, 3)),
        ("建国", "王建国", Match(Kind.PART, 1, 3)),
        ("王健国", "王建国", Match(Kind.NEAR, 0, 3)),
        ("汪建国", "王建国", Match(Kind.NEAR, 0, 3)),
        ("王建华", "王建国", Match(Kind.NEAR, 0, 3)),
        ("王健", "王建国", Match(Kind.NEAR, 0, 2)),
        ("王健果", "王建国", Match(Kind.NEAR, 0, 3)),
        ("zxx", "曾小贤", Match(Kind.INITIALS, 0, 3)),
        ("shanxiongxin", "单雄信", Match(Kind.PINYIN, 0, 3)),
        ("danxiong", "单雄信", Match(Kind.PINYIN, 0, 2)),
        ("xiezhen", "解珍", Match(Kind.PINYIN, 0, 2)),
        ("qiuying", "仇英", Match(Kind.PINYIN, 0, 2)),
        ("ouming", "区明", Match(Kind.PINYIN, 0, 2)),
        ("zhaliang", "查良镛", Match(Kind.PINYIN, 0, 2)),
        ("renwen", "任文", Match(Kind.PINYIN, 0, 2)),
        ("yuchigong", "尉迟恭", Match(Kind.PINYIN, 0, 3)),
        ("lvbu", "吕布", Match(Kind.PINYIN, 0, 2)),
        ("lübu", "吕布", Match(Kind.PINYIN, 0, 2)),
        ("wyqmg", "乌云其木格", Match(Kind.INITIALS, 0, 5)),
        ("wuyunqimuge", "乌云其木格", Match(Kind.PINYIN, 0, 5)),
        ("乌云其其格", "乌云其木格", Match(Kind.NEAR, 0, 5)),
        ("乌云其格", "乌云其木格", Match(Kind.NEAR, 0, 5)),
        ("乌云其其木格", "乌云其木格", Match(Kind.NEAR, 0, 5)),
        ("narenmandula", "那仁满都拉", Match(Kind.PINYIN, 0, 5)),
        ("chaganbala", "查干巴拉", Match(Kind.PINYIN, 0, 4)),
        ("阿拉坦乌拉", "阿拉坦·乌拉", Match(Kind.EXACT, 0, 6)),
        ("阿拉坦•乌", "阿拉坦·乌拉", Match(Kind.PREFIX, 0, 5)),
        ("altwl", "阿拉坦·乌拉", Match(Kind.INITIALS, 0, 6)),
        ("bator", "Ｂａｔｏｒ", Match(Kind.EXACT, 0, 5)),
    ],
)
def test_a_name_is_found_as_people_ask_for_it(query, name, match):
    assert names.match(name, query) == match
    assert finds(query, name)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("李建国", "王建军"),
        ("王", "李王"),
        ("w", "王建国"),
        ("", "王建国"),
        ("王李", "王建"),
        ("guo", "王建国"),
        ("王江", "王建国"),
        ("ceng", "曾小贤"),
        ("…", "王建国"),
    ],
)
def test_another_name_does_not_answer(query, name):
    assert names.match(name, query) is None


@given(NAMES, st.data())
def test_every_beginning_is_found(name, data):
    query = name[: data.draw(st.integers(1, len(name)))]
    assert names.match(name, query).kind in (Kind.EXACT, Kind.PREFIX)
    assert finds(query, name)


@given(NAMES, st.data())
def test_every_reading_is_found_from_its_second_letter_on(name, data):
    way = data.draw(st.sampled_from(names.readings(names.flattened(name))))
    for letters in ("".join(way), "".join(one[0] for one in way)):
        query = letters[: data.draw(st.integers(2, len(letters)))]
        assert names.match(name, query).kind in (Kind.INITIALS, Kind.PINYIN)
        assert finds(query, name)


@given(NAMES, st.data(), st.sampled_from(GIVEN))
def test_one_wrong_character_is_forgiven(name, data, wrong):
    assume(len(name) >= 3)
    at = data.draw(st.integers(0, len(name) - 1))
    query = name[:at] + wrong + name[at + 1 :]
    assert names.match(name, query)
    assert finds(query, name)


@given(NAMES, st.data(), st.sampled_from(GIVEN))
def test_in_a_long_name_one_more_or_one_less_is_forgiven(name, data, more):
    assume(len(name) >= 4)
    at = data.draw(st.integers(0, len(name) - 1))
    for query in (name[:at] + name[at + 1 :], name[:at] + more + name[at:]):
        assert names.match(name, query)
        assert finds(query, name)


@given(NAMES, st.one_of(NAMES, st.text(max_size=10), st.from_regex(r"\A[a-z]{2,14}\Z")))
def test_whatever_answers_is_found_by_a_key(name, query):
    found = names.match(name, query)
    if found is not None:
        assert finds(query, name)
        assert 0 <= found.start < found.end <= len(name)


@given(NAMES)
def test_keys_are_few(name):
    keys = names.search_keys(name)
    flat = names.flattened(name)
    assert len(keys) <= (40 if len(flat) > 3 or len(names.readings(flat)) > 1 else 20)
    assert len(names.query_keys(name)) <= 40
    assert all(name not in key or key.startswith("=") for key in keys)


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_text_breaks_it(name, query):
    names.search_keys(name)
    names.sort_key(name)
    names.query_keys(query)
    found = names.match(name, query)
    assert found is None or name[found.start : found.end]


def test_the_best_kind_comes_first():
    kinds = [kind for kind, _ in names.query_keys("王健国")]
    assert kinds == sorted(kinds, key=names.RANK.__getitem__)
    assert kinds[0] is Kind.EXACT
    keys = [key for _, key in names.query_keys("王健国")]
    assert len(keys) == len(set(keys))


def test_names_stand_in_the_order_of_a_dictionary():
    mixed = ["张三", "汪建", "曾一", "王丽", "王建国", "万达", "王建", "曾小贤", "巴特尔"]
    ordered = ["巴特尔", "万达", "汪建", "王建", "王建国", "王丽", "曾小贤", "曾一", "张三"]
    assert sorted(mixed, key=names.sort_key) == ordered


@pytest.mark.slow
def test_a_hundred_thousand_names_take_five_seconds_at_most():
    many = [
        surname + one + two + three
        for surname in "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
        for one in (chr(0x5EFA + n) for n in range(25))
        for two in (chr(0x56FD + n) for n in range(20))
        for three in ("", *(chr(0x6587 + n) for n in range(9)))
    ]
    assert len(many) == 100_000
    start = time.process_time()
    for name in many:
        names.search_keys(name)
        names.sort_key(name)
    assert time.process_time() - start <= 5
