"""Code must be readable in both themes: WCAG 2 contrast, computed from the style sheets themselves."""

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
DECLARED = re.compile(r"(--[\w-]+): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\)")


def colours(path: str) -> dict[str, tuple[str, str]]:
    """The first declaration of each name, in light and dark; later ones are for print and for more contrast."""
    found = DECLARED.findall((CSS / path).read_text(encoding="utf-8"))
    return {name: (light, dark) for name, light, dark in reversed(found)}


CODE = colours("components/code.css")
TOKENS = colours("tokens.css")


def luminance(oklch: str) -> float:
    """Relative luminance of "L C H", by the matrices of CSS Color 4."""
    lightness, chroma, hue = map(float, oklch.split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(each, 0.0), 1.0) for each in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("1 0 0", "0 0 0") == pytest.approx(21, abs=0.01)
    assert contrast("0.6279554 0.2576833 29.2338803", "1 0 0") == pytest.approx(3.998, abs=0.01)  # pure red on white


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*CODE, "--color-text", "--color-text-muted"])
def test_every_colour_of_code_is_readable_on_its_ground(name: str, theme: int) -> None:
    colour = (CODE | TOKENS)[name][theme]
    assert contrast(colour, TOKENS["--color-sunken"][theme]) >= 4.5
