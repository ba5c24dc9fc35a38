"""What can be said about an image from its bytes alone: format, size, light and colours."""

import colorsys
import io
from collections import Counter

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_SAMPLE_PX = 64  # a side of the small copy whose pixels are looked at

_HUES = (
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (260, "blue"),
    (290, "violet"),
    (335, "pink"),
    (361, "red"),
)


def described(data: bytes) -> str:
    """A sentence or two. Decodes the image, so it belongs into a thread."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            kind, (width, height), frames = image.format, image.size, getattr(image, "n_frames", 1)
            image.draft("RGB", (_SAMPLE_PX * 4, _SAMPLE_PX * 4))
            sample = image.convert("RGBA").resize((_SAMPLE_PX, _SAMPLE_PX))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return "a file that this stand-in cannot read as an image."
    moving = f", {frames} frames" if frames > 1 else ""
    seen = [pixel[:3] for pixel in _pixels(sample) if pixel[3] > 127]
    look = f"It is {_light(seen)}, mostly {_colours(seen)}" if seen else "It is fully transparent"
    clear = ", with transparent parts" if seen and len(seen) < _SAMPLE_PX**2 else ""
    return f"a {kind} of {width} × {height} pixels ({_orientation(width, height)}{moving}). {look}{clear}."


def size_px(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header alone; None when it is no image."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None


def _pixels(sample: Image.Image) -> list[tuple[int, int, int, int]]:
    data = sample.tobytes()
    return [(data[at], data[at + 1], data[at + 2], data[at + 3]) for at in range(0, len(data), 4)]


def _orientation(width: int, height: int) -> str:
    if abs(width - height) * 20 <= max(width, height):
        return "nearly square" if width != height else "square"
    return "landscape" if width > height else "portrait"


def _light(pixels: list[tuple[int, int, int]]) -> str:
    mean = sum(0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in pixels) / len(pixels)
    return "dark" if mean < 70 else "of medium brightness" if mean < 170 else "bright"


def _colours(pixels: list[tuple[int, int, int]]) -> str:
    """The one to three names that cover the picture best."""
    counted = Counter(_colour(*pixel) for pixel in pixels).most_common(3)
    names = [name for name, count in counted if count * 10 >= len(pixels)] or [counted[0][0]]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _colour(red: int, green: int, blue: int) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    if lightness < 0.12:
        return "black"
    if lightness > 0.92:
        return "white"
    if saturation < 0.15:
        return "grey"
    name = next(name for most, name in _HUES if hue * 360 < most)
    if name == "orange" and lightness < 0.4:
        return "brown"
    return name
