from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.report.escape import cell_width, clip_cells, elided, pad_cells, terminal_text, visible, xml_text

#: Surrogates too: file names and JSON can carry them.
texts = st.text(st.characters(exclude_categories=[]), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("k[/foo]", "k[/foo]"),
        ("f<a>(b)", "f<a>(b)"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("nul\0", "nul\\x00"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("del\x7f csi\x9b", "del\\x7f csi\\x9b"),
        ("abc\u202exyz", "abc\\u202exyz"),
        ("\u2066\u200f\ufeff", "\\u2066\\u200f\\ufeff"),
        ("lone \ud800 \udcff", "lone \\ud800 \\udcff"),
        ("soft\xad \u180e \u206a \U0001d173", "soft\\xad \\u180e \\u206a \\U0001d173"),
        ("\ufffe \U0001fffe \U0010ffff", "\\ufffe \\U0001fffe \\U0010ffff"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("אבג 日本語 é 🙂 ±", "אבג 日本語 é 🙂 ±"),
        ("", ""),
    ],
)
def test_unsafe_letters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_ends_of_our_own_texts_stay() -> None:
    assert visible("a\tb\nc\x1b\r", keep="\n\t") == "a\tb\nc\\x1b\\r"


def test_a_long_text_is_cut_in_its_middle() -> None:
    assert elided("k" * 1000) == "k" * 1000
    shown = elided("a" + "k" * 100_000 + "b")
    assert len(shown) < 1000
    assert shown.startswith("akk")
    assert shown.endswith("kkb")
    assert "(99,052 characters)" in shown


@given(texts)
def test_what_is_shown_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(letter) for letter in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    shown.encode("utf-8")


@given(texts)
def test_any_text_is_legal_in_xml_and_means_itself(text: str) -> None:
    element = ET.fromstring(f"<a b='{xml_text(text)}' c=\"{xml_text(text)}\">{xml_text(text)}</a>")
    assert (element.text or "") == element.get("b") == element.get("c") == visible(text)


def test_markup_becomes_entities() -> None:
    assert xml_text("<a b='c' d=\"e\">&amp;") == "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;amp;"


@given(texts)
def test_a_terminal_gets_no_commands(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f]", terminal_text(text))
    assert terminal_text(text, "ascii").isascii()


def test_what_an_encoding_lacks_is_written_out() -> None:
    assert terminal_text("é µs 日", "latin-1") == "é µs \\u65e5"
    assert terminal_text("µs", "ascii") == "\\xb5s"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🙂", 2), ("", 0)])
def test_columns_of_a_text(text: str, width: int) -> None:
    assert cell_width(text) == width


@pytest.mark.parametrize(
    ("text", "columns", "clipped"),
    [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 4, "日…"), ("abc", 0, "")],
)
def test_clipping_counts_columns(text: str, columns: int, clipped: str) -> None:
    assert clip_cells(text, columns) == clipped


@given(st.text(max_size=40), st.integers(1, 30))
def test_padded_texts_have_the_width_asked_for(text: str, columns: int) -> None:
    shown = visible(text)
    assert cell_width(pad_cells(shown, columns)) == columns
    assert cell_width(clip_cells(shown, columns)) <= columns
