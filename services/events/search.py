"""How the search compares texts: without case and diacritics, word by word."""

import unicodedata

_LITERAL = str.maketrans({sign: f"\\{sign}" for sign in "\\%_"})


def normalize_text(text: str) -> str:
    """The text as the search compares it: lower case, without diacritics."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def build_like_patterns(question: str) -> list[str]:
    """Each word of a question as a LIKE pattern over normalized text; what PostgreSQL can't hold is left out."""
    words = normalize_text(question.replace("\0", " ").encode(errors="ignore").decode()).split()
    return [f"%{word.translate(_LITERAL)}%" for word in dict.fromkeys(words)]
