import re

import pytest

from xiangyun.base import words

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
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", text), key


def test_a_missing_value_is_a_dash_not_a_fault():
    assert "—" in words.say("base.field.string_too_short")


@pytest.mark.parametrize(
    ("header", "lang"), [(None, "zh-Hans"), ("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-Hans"), ("mn", "zh-Hans")]
)
def test_the_reader_chooses_the_language(header, lang):
    assert words.choose(header) == lang
