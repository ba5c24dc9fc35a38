r"""LaTeX between `$…$`, `$$…$$`, `\(…\)` and `\[…\]` into MathML.

A formula that math-core does not know is shown as its source. An open display formula ends at a blank line, which
LaTeX forbids inside one anyway: so a lone `$$` cannot swallow the rest of an answer.
"""

import re

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from math_core import LatexToMathML

# At most 2,000 characters: a longer stretch is no formula, and looking for its end would cost.
INLINE = re.compile(
    r"""\$\$(?P<display>[^$]{1,2000}?)\$\$
      | (?<![\w\\$])\$(?![\s$])(?P<dollar>(?:\\.|[^$\\]){1,2000}?)(?<!\s)\$(?![\d$])
      | \\\((?P<round>.{1,2000}?)\\\)
      | \\\[(?P<square>.{1,2000}?)\\\]""",
    re.DOTALL | re.VERBOSE,
)
CLOSING = {"$$": "$$", "\\[": "\\]"}
STYLE = re.compile(r' style="([^"]*)"')
CLASS_OF_STYLE = {
    "text-align:left": "math-left",
    "text-align:right": "math-right",
    "padding-left:0": "math-flush-start",
    "padding-right:0": "math-flush-end",
    "padding-left:1em": "math-gap",
    "width:100%": "math-full",
    "width:50%": "math-half",
    "border-left:0.05emsolidcurrentcolor": "math-rule-left",
    "border-right:0.05emsolidcurrentcolor": "math-rule-right",
    "border-top:0.05emsolidcurrentcolor": "math-rule-top",
    "border-bottom:0.05emsolidcurrentcolor": "math-rule-bottom",
}

_converter = LatexToMathML(annotation=True, fancy_error=False)


def math_plugin(md: MarkdownIt) -> None:
    md.inline.ruler.before("escape", "math_inline", _inline)
    md.block.ruler.before("fence", "math_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def to_mathml(tex: str, *, display: bool) -> str:
    """MathML, or the source where math-core gives up. Not cleaned yet."""
    try:
        mathml = _converter.convert_with_local_state(tex, displaystyle=display)
    except Exception:  # whatever a parser for untrusted input may raise: the reader still gets the source
        return source(tex)
    return STYLE.sub(_as_class, mathml)


def source(tex: str) -> str:
    return f'<code class="language-tex">{escape(tex)}</code>'


def _as_class(style: re.Match[str]) -> str:
    declarations = style[1].replace(" ", "").split(";")
    known = " ".join(CLASS_OF_STYLE[each] for each in declarations if each in CLASS_OF_STYLE)
    return f' class="{known}"' if known else ""


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = INLINE.match(state.src, state.pos, state.posMax)
    if found is None or not found[found.lastgroup or 0].strip():
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = found[found.lastgroup or 0].strip()
        token.meta = {"display": found.lastgroup in ("display", "square")}
    state.pos = found.end()
    return True


def _block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    opening = _line(state, first)
    closing = CLOSING.get(opening[:2])
    if closing is None or opening.startswith("$$$"):
        return False
    rest = opening[2:]
    _, same_line, after = rest.partition(closing)
    if after.strip():
        return False  # text follows on the line: the inline rule's business
    if silent:
        return True
    last = first if same_line else _last_line(state, first, end, closing)
    body = [rest, *(_line(state, line) for line in range(first + 1, last + 1))]
    tex = "\n".join(body).rstrip()
    closed = tex.endswith(closing)
    token = state.push("math_block", "math", 0)
    token.block = True
    token.content = (tex.removesuffix(closing) if closed else tex).strip()
    token.meta = {"closed": closed}
    token.map = [first, last + 1]
    state.line = last + 1
    return True


def _last_line(state: StateBlock, first: int, end: int, closing: str) -> int:
    line = first
    while line + 1 < end and not state.isEmpty(line + 1) and state.sCount[line + 1] >= state.blkIndent:
        line += 1
        if _line(state, line).rstrip().endswith(closing):
            break
    return line


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
