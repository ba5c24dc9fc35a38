"""How each thing that Markdown knows looks as HTML. What leaves here still passes `clean`."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from conversations.rendering.code import figure
from conversations.rendering.marks import unmarked
from conversations.rendering.math import source, to_mathml

SCHEMES = ("http://", "https://", "mailto:")


class AnswerHtml(RendererHTML):
    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return f'<{_below_the_page(tokens[at].tag)} dir="auto">'

    def heading_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_below_the_page(tokens[at].tag)}>\n"

    def paragraph_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self._directed(tokens, at, options, env)

    def bullet_list_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self._directed(tokens, at, options, env)

    def ordered_list_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self._directed(tokens, at, options, env)

    def blockquote_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self._directed(tokens, at, options, env)

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n'

    def table_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        align = str(tokens[at].attrs.get("style", "")).removeprefix("text-align:")
        return f'<{tokens[at].tag} class="align-{align}" dir="auto">' if align else f'<{tokens[at].tag} dir="auto">'

    td_open = th_open

    def fence(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return figure(unmarked(tokens[at].content), language_of(tokens[at].info), plain=env.get("arriving", False))

    def code_block(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return figure(unmarked(tokens[at].content), "")

    def code_inline(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return f"<code>{escape(unmarked(tokens[at].content))}</code>"

    def source_mark(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Linked once the answer is whole: the list of its sources comes then."""
        number, prefix = tokens[at].content, env.get("sources_prefix")
        if not prefix:
            return f'<sup class="source-mark">[{number}]</sup>'
        marked = env.setdefault("marked", set())
        place = "" if number in marked else f' id="{prefix}-cited-{number}"'
        marked.add(number)
        link = f'<a href="#{prefix}-source-{number}"{place} aria-label="Source {number}">[{number}]</a>'
        return f'<sup class="source-mark">{link}</sup>'

    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return _link(tokens[at], "href")

    def image(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """A link: an image that loads by itself carries data out in its address."""
        alt = self.renderInlineAsText(tokens[at].children, options, env) or "without a description"
        return f'{_link(tokens[at], "src")}<span class="image-hint">image: </span>{escape(alt)}</a>'

    def math_inline(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        display = tokens[at].meta["display"]
        classes = "math math--display" if display else "math"
        return f'<span class="{classes}">{to_mathml(tokens[at].content, display=display)}</span>'

    def math_block(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        if not tokens[at].meta["closed"]:
            return f'<p><span class="math math--source">{source(tokens[at].content)}</span></p>\n'
        return f'<p><span class="math math--display">{to_mathml(tokens[at].content, display=True)}</span></p>\n'

    def _directed(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        tokens[at].attrs["dir"] = "auto"
        return self.renderToken(tokens, at, options, env)


def use_footnotes_at_the_end(md: MarkdownIt) -> None:
    """Numbered, with links there and back. Ids begin with `footnote_prefix(env["id_prefix"])`."""
    md.add_render_rule("footnote_ref", _footnote_ref)
    md.add_render_rule("footnote_block_open", _constant('<section class="footnotes"><ol>\n'))
    md.add_render_rule("footnote_block_close", _constant("</ol></section>\n"))
    md.add_render_rule("footnote_open", _footnote_open)
    md.add_render_rule("footnote_anchor", _footnote_anchor)


def use_footnotes_in_place(md: MarkdownIt) -> None:
    """For a piece of an answer, which knows neither their numbers nor whether they will come: no ids, no links."""
    md.add_render_rule("footnote_ref", _footnote_label)
    md.add_render_rule("footnote_reference_open", _footnote_in_place)
    md.add_render_rule("footnote_reference_close", _constant("</div>\n"))


def footnote_prefix(id_prefix: str) -> str:
    return f"{id_prefix}-fn" if id_prefix else "fn"


def language_of(info: str) -> str:
    return info.split(maxsplit=1)[0] if info.strip() else ""


def _below_the_page(tag: str) -> str:
    """The page itself has h1 and h2, so an answer begins with h3."""
    return f"h{min(int(tag[1]) + 2, 6)}"


def _link(token: Token, attribute: str) -> str:
    """Anything but a web or mail address becomes a link to nowhere."""
    url = str(token.attrs.get(attribute, ""))
    title = f' title="{escape(token.attrs["title"])}"' if token.attrs.get("title") else ""
    return f'<a href="{escape(url)}" target="_blank"{title}>' if url.lower().startswith(SCHEMES) else "<a>"


def _constant(html: str) -> Any:
    return lambda self, tokens, at, options, env: html


def _footnote_ref(self: Any, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    note, again = _numbers(tokens[at])
    prefix = footnote_prefix(env["id_prefix"])
    return f'<sup class="footnote-ref"><a href="#{prefix}-{note}" id="{prefix}ref-{note}{again}">{note}</a></sup>'


def _footnote_open(self: Any, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    return f'<li id="{footnote_prefix(env["id_prefix"])}-{_numbers(tokens[at])[0]}">'


def _footnote_anchor(self: Any, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    note, again = _numbers(tokens[at])
    target = f"#{footnote_prefix(env['id_prefix'])}ref-{note}{again}"
    return f' <a href="{target}" class="footnote-backref" aria-label="Back to the text">\u21a9\ufe0e</a>'


def _footnote_label(self: Any, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    return f'<sup class="footnote-ref">{escape(tokens[at].meta["label"])}</sup>'


def _footnote_in_place(self: Any, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    return f'<div class="footnote"><sup class="footnote-ref">{escape(tokens[at].meta["label"])}</sup>'


def _numbers(token: Token) -> tuple[int, str]:
    again = token.meta.get("subId", 0)
    return token.meta["id"] + 1, f"-{again + 1}" if again > 0 else ""
