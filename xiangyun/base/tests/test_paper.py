"""What is typed comes out on paper as it was typed, or says that it could not."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from xiangyun.base.paper import MISSING, PACKAGE, printed

SHEET = """
#import "/base/papers/sheet.typ": sheet, title, typed
#let facts = json(bytes(sys.inputs.facts))
#show: sheet.with(foot: facts.foot, note: facts.note)
#title(facts.title, facts.number)
#typed(facts.words)
"""


@pytest.fixture
def template():
    path = PACKAGE / "base" / "papers" / "tried.typ"
    path.write_text(SHEET, encoding="utf-8")
    yield path
    path.unlink()


def read(template: Path, words: str) -> tuple[str, PdfReader]:
    facts = {"title": "证明", "number": "证-1", "foot": "迎丰村", "words": words}
    reader = PdfReader(BytesIO(printed(template, facts, gap_note="有字印不出")))
    return "".join(page.extract_text() for page in reader.pages).replace("\u200b", ""), reader


def test_rare_names_are_printed_with_their_own_character(template):
    text, reader = read(template, "𠮷玉㙍、䶮龑")
    assert "𠮷玉㙍、䶮龑" in text
    assert "有字印不出" not in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # a screen reader can read it


def test_what_cannot_be_printed_says_so_on_the_sheet(template):
    text, _ = read(template, "ᠮᠣᠩ 🙂 王二")
    assert f"{MISSING * 3} {MISSING} 王二" in text
    assert "有字印不出" in text


@pytest.mark.parametrize(
    "words",
    [
        "#import \"/base/clock.py\": *", "#read(\"/base/clock.py\")", "$ x^2 $ *bold* _it_ `raw` @ref <label> \\ //no",
        "\"}; #panic(1)", "<script>alert(1)</script>", "= heading", "- list",
    ],
)  # fmt: skip
def test_a_typed_word_is_never_a_command(template, words):
    assert words.replace(" ", "") in read(template, words)[0].replace(" ", "").replace("\n", "")


def test_a_word_without_an_end_stays_on_the_sheet(template):
    text, reader = read(template, "A" * 4_000)
    assert text.count("A") == 4_000
    assert len(reader.pages) > 1


def test_lines_stay_lines_and_nothing_is_an_empty_line(template):
    text, _ = read(template, "一、赔钱\n\n二、轮水")
    assert text.index("一、赔钱") < text.index("二、轮水")
