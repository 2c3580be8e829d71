import re

import pytest

from xiangyun.base import words

# A narrow mark beside Chinese, a closing brace or a bracket; those inside codes and numbers stay.
NARROW = re.compile(
    r"[\u3001-\u9fff\uff09\u201d%][,;:!?]|[,;:!?]\s?[\u4e00-\u9fff\uff08\u201c]|\}[,;]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]"
    r"|\([^()]*[\u4e00-\u9fff]"
)
HAS_NAME = re.compile(r"\{(\w+)\}")


def test_every_language_says_everything():
    default = words.catalogue(words.DEFAULT)
    for lang in words.languages():
        assert words.catalogue(lang).keys() == default.keys()


@pytest.mark.parametrize("lang", words.languages())
def test_every_language_uses_the_same_names(lang):
    default = words.catalogue(words.DEFAULT)
    for key, text in words.catalogue(lang).items():
        assert set(HAS_NAME.findall(text)) == set(HAS_NAME.findall(default[key])), key


def test_chinese_sentences_use_full_width_marks():
    for key, text in words.catalogue("zh-Hans").items():
        assert not NARROW.search(text), key


@pytest.mark.parametrize("wrong", ["WGS-84;选了村", "CSV,表头", "密码;7 天", "{n},{m} 条没收", "150802100000(狼山镇)"])
def test_narrow_marks_are_seen_after_digits_and_latin_letters_too(wrong):
    assert NARROW.search(wrong)


@pytest.mark.parametrize("right", ["例如 +08:00。", "2026-11-24T08:00:00+08:00 这样", "开头 2,000 字节", "a,b 两列"])
def test_marks_inside_codes_and_numbers_stay(right):
    assert not NARROW.search(right)


def test_a_missing_value_is_a_dash_not_a_fault():
    assert "—" in words.say("base.field.string_too_short")


@pytest.mark.parametrize(
    ("n", "lang", "unit"), [(1, "en", "matter"), (0, "en", "matters"), (2, "en", "matters"), (1, "zh-Hans", "件")]
)
def test_one_and_many_are_told_apart_where_the_language_does(n, lang, unit):
    assert words.counted("workflow.unit_matters", n, lang) == unit


def test_a_sign_is_its_own_unit():
    assert words.counted("mm", 1) == words.counted("mm", 2) == "mm"


@pytest.mark.parametrize(
    ("header", "lang"), [(None, "zh-Hans"), ("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-Hans"), ("mn", "zh-Hans")]
)
def test_the_reader_chooses_the_language(header, lang):
    assert words.choose(header) == lang
