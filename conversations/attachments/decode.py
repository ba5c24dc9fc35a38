"""The program in the cage: `python -I decode.py ORDER` reads a picture from stdin and writes a clean one to stdout.

It runs alone, so it imports neither Django nor its neighbours. The answer is a line of JSON, then the picture, then
its thumbnail; or `{"refused": reason}`.
"""

import json
import runpy
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

# Plugins are named here, so that Pillow knows the formats without importing forty more.
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)
from PIL.ExifTags import Base

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # none may be started in the cage

PATCH_PX = 28  # one image token covers 28 × 28 pixels; Claude API, "Vision"
FEW_COLOURS = {"L": 64, "RGB": 4096}  # of a chart or a screenshot; a photograph has far more
SHRINK = 0.75
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Size = tuple[int, int]


class Refused(Exception):
    def __init__(self, reason: str, **facts: int) -> None:
        super().__init__(reason)
        self.answer: dict[str, Any] = {"refused": reason, **facts}


def main() -> None:
    order = json.loads(sys.argv[1])
    is_heif = order["kind"] == "HEIF"
    if is_heif:
        from pillow_heif import register_heif_opener  # 40 ms that no other picture needs

        register_heif_opener(thumbnails=False)
    lock = runpy.run_path(str(Path(__file__).with_name("lock.py")))["lock"]
    lock(order["memory_bytes"], order["cpu_s"], may_thread=is_heif)
    answer: dict[str, Any]
    try:
        answer, parts = recast(sys.stdin.buffer.read(), order)
    except Refused as refused:
        answer, parts = refused.answer, ()
    except MemoryError:
        answer, parts = {"refused": "too_hungry"}, ()
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(parts))
    sys.stdout.buffer.flush()


def recast(data: bytes, order: dict[str, Any]) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    with damage_refused():
        image = opened(data, order)
        turn = orientation(image)
        width, height = image.size
        image = shrunk(image, order["max_edge_px"], order["max_tokens"])
    image = in_srgb(image)
    image = image.transpose(UPRIGHT[turn]) if turn in UPRIGHT else image
    media_type, picture, size = encoded(bare(image), order["max_bytes"])
    thumbnail = thumbnail_of(image, order["thumbnail_edge_px"])
    facts = {
        "media_type": media_type,
        "width": size[0],
        "height": size[1],
        "picture_bytes": len(picture),
        "thumbnail_bytes": len(thumbnail),
        "original_width": height if turn >= 5 else width,
        "original_height": width if turn >= 5 else height,
    }
    return facts, (picture, thumbnail)


@contextmanager
def damage_refused() -> Iterator[None]:
    """Broken files raise almost anything in Pillow: OSError, SyntaxError, struct.error, IndexError …"""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Refused("too_many_pixels") from None
    except Exception as error:
        raise Refused("too_hungry" if "out of memory" in str(error) else "truncated") from error


def opened(data: bytes, order: dict[str, Any]) -> Image.Image:
    """The first frame, not decoded yet; refused when its header tells of too many pixels."""
    # Pillow's own cap does not say the size, so ours follows. WebP alone allocates while opening, and needs both.
    Image.MAX_IMAGE_PIXELS = order["max_pixels"] if order["kind"] == "WEBP" else None
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    Image.open(BytesIO(data), formats=[order["kind"]]).verify()  # the checksums of a PNG, which decoding skips
    image = Image.open(BytesIO(data), formats=[order["kind"]])
    width, height = image.size
    if max(width, height) > order["max_side_px"] or width * height > order["max_pixels"]:
        raise Refused("too_many_pixels", width=width, height=height)
    return image


def orientation(image: Image.Image) -> int:
    """1 to 8 as EXIF counts; a picture with broken EXIF is taken as it lies."""
    with suppress(Exception):
        return int(image.getexif().get(Base.Orientation, 1))
    return 1


def shrunk(image: Image.Image, max_edge_px: int, max_tokens: int) -> Image.Image:
    """Decoded, and no larger than asked. Early, so that all later steps copy a small picture."""
    image = resizable(image)
    image.thumbnail(fitting(image.size, max_edge_px, max_tokens), Image.Resampling.LANCZOS, reducing_gap=2)
    image.load()
    return image


def resizable(image: Image.Image) -> Image.Image:
    """In a mode that can be resized without loss: a palette cannot, nor can 16 bits of grey."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        # Pillow would clip 16 bits to 8, not scale them.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("L" if image.mode == "1" else "RGB")


def fitting(size: Size, max_edge_px: int, max_tokens: int) -> Size:
    """The largest size of the same shape within the edge and the tokens; never larger than `size`."""

    def scaled(edge: int) -> Size:
        return max(1, round(size[0] * edge / longest)), max(1, round(size[1] * edge / longest))

    longest = max(size)
    edges = range(1, min(longest, max_edge_px) + 1)
    return scaled(max(1, bisect_right(edges, max_tokens, key=lambda edge: tokens(scaled(edge)))))


def tokens(size: Size) -> int:
    return -(-size[0] // PATCH_PX) * -(-size[1] // PATCH_PX)


def in_srgb(image: Image.Image) -> Image.Image:
    """Colours as the profile means them. Profiles are often broken or of another mode; those say nothing."""
    with suppress(ImageCms.PyCMSError, OSError, KeyError):
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode=mode)
        return converted or image
    return image


def bare(image: Image.Image) -> Image.Image:
    """Pixels alone, with an alpha channel only where something shows through."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image = image if image.mode in {"L", "RGB", "RGBA"} else image.convert("RGB")
    image.info = {}  # Pillow writes profiles, comments and resolution from here
    return image


def encoded(image: Image.Image, max_bytes: int) -> tuple[str, bytes, Size]:
    while True:
        for format_name, options in attempts(image):
            data = saved(image, format_name, **options)
            if len(data) <= max_bytes:
                return f"image/{format_name.lower()}", data, image.size
        image = image.resize((max(1, round(image.width * SHRINK)), max(1, round(image.height * SHRINK))))


def attempts(image: Image.Image) -> Iterator[tuple[str, dict[str, int]]]:
    has_alpha = image.mode == "RGBA"
    if has_alpha or image.getcolors(FEW_COLOURS[image.mode]):
        yield "PNG", {}
    for quality in (88, 75, 60):
        yield "WEBP" if has_alpha else "JPEG", {"quality": quality}


def thumbnail_of(image: Image.Image, edge_px: int) -> bytes:
    small = image.copy()
    small.thumbnail((edge_px, edge_px))
    return saved(bare(small), "WEBP", quality=80)


def saved(image: Image.Image, format_name: str, **options: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
