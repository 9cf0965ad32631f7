"""Texts that a traced program chose, made harmless for where they are shown.

Names of kernels, ranges, threads and files come from outside: they can hold markup, terminal commands, bytes that no
XML may carry, and marks that turn the reading direction of everything after them.
"""

from __future__ import annotations

import re
import unicodedata

#: Control characters, surrogates, non-characters, and what changes reading direction, breaks lines or stays unseen.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff]"
    "|[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
    "|[" + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}-{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17)) + "]"
)

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_XML_SPECIAL = re.compile("[&<>\"']")


#: Longest text that tables and messages show; JSON has it whole.
SHOWN_CHARACTERS = 1000


def visible(text: str, keep: str = "") -> str:
    r"""``text`` with every unsafe character written out, ``\x1b`` or ``\u202e``; one line, printable anywhere.

    Characters of ``keep`` stay, such as the line ends of a text of our own. A name that holds such an escape literally
    looks the same as one that holds the character. Names are shown, not read back, so that is no loss.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else _written_out(found[0]), text)


def elided(text: str, most: int = SHOWN_CHARACTERS) -> str:
    """``text``, or its start and its end with the number of characters between them, in some ``most`` characters."""
    if len(text) <= most:
        return text
    start, end = text[: most * 3 // 4], text[len(text) - most // 5 :]
    return f"{start}…({len(text) - len(start) - len(end):,} characters)…{end}"


def terminal_text(text: str, encoding: str = "utf-8") -> str:
    """``text`` for a terminal: no control or escape bytes, and nothing that ``encoding`` cannot carry."""
    return visible(text).encode(encoding, "backslashreplace").decode(encoding)


def xml_text(text: str) -> str:
    """``text`` for an XML text node or attribute value: legal characters only, markup characters as entities."""
    return _XML_SPECIAL.sub(lambda found: _XML[found[0]], visible(text))


def cell_width(text: str) -> int:
    """Columns that a terminal needs for ``text``: two for wide letters, none for combining marks."""
    return sum(_cells(letter) for letter in text)


def clip_cells(text: str, columns: int, *, ellipsis: str = "…") -> str:
    """``text``, or its longest beginning with an ellipsis, no wider than ``columns``."""
    if cell_width(text) <= columns:
        return text
    room, kept = columns - cell_width(ellipsis), []
    for letter in text:
        room -= _cells(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + ellipsis if columns >= cell_width(ellipsis) else ""


def pad_cells(text: str, columns: int) -> str:
    """``text`` clipped to ``columns`` and filled up with spaces."""
    text = clip_cells(text, columns)
    return text + " " * (columns - cell_width(text))


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _written_out(letter: str) -> str:
    code = ord(letter)
    if letter in _SHORT:
        return _SHORT[letter]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
