"""Texts for the tests of rendering: the corpus, and what Hypothesis makes of its lines and of loose symbols."""

from pathlib import Path

from hypothesis import strategies as st

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.md"))
SYMBOLS = [
    *("\n", "\n\n", "- ", "* ", "+ ", "1. ", "2) ", "  ", "    ", "\t", "> ", "```", "```py\n", "~~~", "`", "``"),
    *("**", "*", "_", "__", "~~", "[", "](", "](http://a.b)", ")", "![", "$", "$$", "\\(", "\\)", "\\[", "\\]", "|"),
    *("|---|---|\n", "| a | b |\n", "a | b\n", "---", "===", "# ", "## ", "[x] ", "[^1]", "[^1]: ", "[a]: /b\n", "[a]"),
    *("<b>", "<http://a.b>", "&amp;", "&", "https://x.y ", "h", "htt", "word ", "Text. ", "1", "!", ":", '"', "\\"),
    *("\r\n", "\r", "\0", "\ud800", "\u202e", "é", "$5 ", "$x^2$", "snake_case ", "(", "\n```\n"),
]
LINES = [line for path in CORPUS for line in path.read_text(encoding="utf-8").split("\n")]

documents = st.one_of(
    st.sampled_from([path.read_text(encoding="utf-8") for path in CORPUS]),
    st.lists(st.sampled_from(LINES), max_size=30).map("\n".join),
    st.lists(st.sampled_from(SYMBOLS), max_size=40).map("".join),
)
piece_lengths = st.lists(st.sampled_from([1, 2, 3, 5, 8, 20, 200]), min_size=1, max_size=12)


def pieces(text: str, lengths: list[int]) -> list[str]:
    """`text` cut into pieces of these lengths, over and over."""
    found: list[str] = []
    at = 0
    while at < len(text):
        length = lengths[len(found) % len(lengths)]
        found.append(text[at : at + length])
        at += length
    return found
