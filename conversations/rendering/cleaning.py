"""The last gate of all HTML that text was turned into: an explicit list of what may leave, and nothing else."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from pygments.token import STANDARD_TYPES

MATHML = {
    "math": {"display"},
    "semantics": set(),
    "annotation": {"encoding"},
    "menclose": {"notation"},
    "merror": set(),
    "mfrac": {"linethickness", "displaystyle", "scriptlevel"},
    "mi": {"mathvariant"},
    "mmultiscripts": set(),
    "mn": set(),
    "mo": {
        "accent", "fence", "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace", "separator",
        "stretchy", "symmetric",
    },
    "mover": {"accent"},
    "mpadded": {"depth", "height", "lspace", "voffset", "width"},
    "mphantom": set(),
    "mprescripts": set(),
    "mroot": set(),
    "mrow": set(),
    "mspace": {"depth", "height", "width"},
    "msqrt": set(),
    "mstyle": {"displaystyle", "scriptlevel"},
    "msub": set(),
    "msubsup": set(),
    "msup": set(),
    "mtable": {"displaystyle", "scriptlevel", "columnalign", "rowspacing"},
    "mtd": {"columnspan", "rowspan"},
    "mtext": set(),
    "mtr": set(),
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}  # fmt: skip

PLAIN = {
    "blockquote", "br", "copy-code", "em", "figcaption", "figure", "h3", "h4", "h5", "h6", "hr", "li", "p", "s",
    "section", "strong", "sup", "table", "tbody", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = MATHML | {
    "a": {"href", "title", "aria-label"},
    "button": {"aria-label"},
    "code": {"class"},  # "language-" and a name that code.py has cleaned
    "div": {"tabindex", "role", "aria-label"},
    "input": {"checked", "disabled"},
    "ol": {"start", "dir"},
    "pre": {"tabindex"},
    "span": set(),
    "th": {"dir"},
    "td": {"dir"},
} | {tag: {"dir"} for tag in ("p", "h3", "h4", "h5", "h6", "ul", "blockquote")}  # fmt: skip

MATH_CLASSES = {
    "math-left", "math-right", "math-flush-start", "math-flush-end", "math-gap", "math-full", "math-half",
    "math-rule-left", "math-rule-right", "math-rule-top", "math-rule-bottom",
}  # fmt: skip
ALIGNED = {"align-left", "align-center", "align-right"}
CLASSES = {
    "a": {"footnote-backref"},
    "button": {"button", "button--quiet"},
    "div": {"table", "footnote"},
    "figcaption": {"code__caption"},
    "figure": {"code"},
    "input": {"task-list-item-checkbox"},
    "li": {"task-list-item"},
    "mtable": MATH_CLASSES,
    "mtd": MATH_CLASSES,
    "ol": {"contains-task-list"},
    "section": {"footnotes"},
    "span": {"code__language", "code__control", "image-hint", "math", "math--display", "math--source"}
    | {f"hl-{short}" for short in STANDARD_TYPES.values() if short},
    "sup": {"footnote-ref", "source-mark"},
    "td": ALIGNED,
    "th": ALIGNED,
    "ul": {"contains-task-list"},
}


def clean(html: str) -> SafeString:
    """No ids, no names, no styles, no handlers, no images; links to http, https and mailto alone."""
    return SafeString(_cleaner("").clean(html))


def clean_with_ids(html: str, prefix: str) -> SafeString:
    """The same for a text with footnotes: their ids, each under `prefix`, and the links between them may stay."""
    return SafeString(_cleaner(prefix).clean(html))


@lru_cache(maxsize=64)
def _cleaner(prefix: str) -> nh3.Cleaner:
    linked = {"a": ATTRIBUTES["a"] | {"id"}, "li": {"id"}} if prefix else {}
    return nh3.Cleaner(
        tags=PLAIN | set(ATTRIBUTES),
        attributes=ATTRIBUTES | linked,
        allowed_classes=CLASSES,
        tag_attribute_values={
            "input": {"type": {"checkbox"}},
            "a": {"target": {"_blank"}},
            "button": {"type": {"button"}},
        },
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto"},
        url_relative=(lambda url: url if url.startswith(f"#{prefix}") else None) if prefix else "deny",
        id_prefix=prefix or None,
    )
