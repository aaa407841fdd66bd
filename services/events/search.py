"""How the search compares texts: folded, word by word."""

from shared.folding import fold_text

_LITERAL = str.maketrans({sign: f"\\{sign}" for sign in "\\%_"})


def build_like_patterns(question: str) -> list[str]:
    """Each word of a question as a LIKE pattern over folded text; what PostgreSQL can't hold is left out."""
    words = fold_text(question.replace("\0", " ").encode(errors="ignore").decode()).split()
    return [f"%{word.translate(_LITERAL)}%" for word in dict.fromkeys(words)]
