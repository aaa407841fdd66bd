"""Encodings: in which one a list is written, by its signature, its bytes and what its office says."""

import codecs
from collections.abc import Iterator
from typing import IO

from services.members.imports import words
from shared.contracts.refusals import Refused

# What a mapping may say, and Python's name for it; that of UTF-16 is found out.
CODECS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "iso-8859-15": "iso8859-15",
    "mac-roman": "mac-roman",
    "cp850": "cp850",
}
_SINGLE_BYTE = [name for name in CODECS if not name.startswith("utf")]
_ALSO = {"iso8859-1": "windows-1252", "ascii": "utf-8", "utf-8-sig": "utf-8"} | {
    f"utf-16-{end}": "utf-16" for end in ("le", "be")
}
_SIGNATURES = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
# Which share of the words must look like ones for what a mapping says, and for what is proposed instead.
LIKELY, CERTAIN = 0.7, 0.9

_HEAD_BYTES = 2_000
_PIECE_BYTES = 1_000_000


def name_encoding(text: str) -> str:
    """Our name for an encoding, whatever it is called. Raises ValueError for one that lists don't have."""
    names = {codecs.lookup(codec).name: name for name, codec in CODECS.items()} | _ALSO
    try:
        return names[codecs.lookup(text).name]
    except (LookupError, ValueError):
        raise ValueError(f"not one of {', '.join(CODECS)}") from None


def find_encoding(file: IO[bytes], declared: str) -> str:
    """In which encoding the file is written: `declared`, unless its bytes say without doubt that it is another.

    Raises `Refused` for a spreadsheet's own format, and for what looks like another encoding that can't be told for
    sure.
    """
    head = file.read(_HEAD_BYTES)
    if head.startswith(_WORKBOOKS):
        raise Refused("list-is-workbook", "The list is a workbook. Save it as CSV UTF-8, and upload that.")
    certain = next((name for signature, name in _SIGNATURES if head.startswith(signature)), None)
    return certain or _find_utf_16(head) or _choose_encoding(file, declared)


def _find_utf_16(head: bytes) -> str | None:
    """UTF-16 without a signature: every second byte of headers and addresses is NUL, which other text hardly has."""
    text = head.rstrip(b"\0")
    first, second = text[0::2].count(0), text[1::2].count(0)
    if 10 * max(first, second) < max(len(text), 10) or 4 * min(first, second) > max(first, second):
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _choose_encoding(file: IO[bytes], declared: str) -> str:
    well, ill = _count_utf_8(file)
    fallback = declared if declared in _SINGLE_BYTE else "utf-8"
    if not well and not ill:
        return fallback
    found = words.collect_words(_read_pieces(file))
    shares = {name: words.share_of_words(found, codec) for name, codec in CODECS.items()}
    if not ill:
        return fallback if _is_unlikely(shares["utf-8"]) else "utf-8"
    if declared in _SINGLE_BYTE and not _is_unlikely(shares[declared]):
        return declared
    if well >= ill:
        return "utf-8"
    likely = [name for name in _SINGLE_BYTE if (shares[name] or 0) > CERTAIN]
    _refuse_likely(likely, declared)
    return "utf-16-le" if declared == "utf-16" else declared


def _is_unlikely(share: float | None) -> bool:
    return share is not None and share < LIKELY


def _refuse_likely(likely: list[str], declared: str) -> None:
    if likely:
        raise Refused(
            "encoding",
            f"The list is not in {declared}. It looks like {' or '.join(likely)}: say so in the mapping, as"
            f' encoding = "{likely[0]}", or save the list as CSV UTF-8.',
        )


def _count_utf_8(file: IO[bytes]) -> tuple[int, int]:
    """How many characters beyond ASCII are well-formed in UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    well = ill = 0
    for piece in _read_pieces(file):
        text = decoder.decode(piece)
        if not text.isascii():
            strange = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
            well += len(text) - len(text.encode("ascii", "ignore")) - strange
            ill += strange
    return well, ill + len(decoder.decode(b"", final=True))


def _read_pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        yield piece
