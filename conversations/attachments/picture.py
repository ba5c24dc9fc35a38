"""What a picture is once it is safe, and the sentences for those that are refused."""

from dataclasses import dataclass

MAX_UPLOAD_BYTES = 20 * 1024 * 1024  # the largest photographs of phones are about 15 MB
MAX_SIDE_PX = 12_000  # a phone's panorama fits
MAX_PIXELS = 50_000_000  # a 48-megapixel phone photograph fits; decoded, this many take 200 MB
MAX_PICTURE_BYTES = 3_750_000  # 5 MB of base64, what the strictest of Claude's providers takes for one image
THUMBNAIL_EDGE_PX = 480
THUMBNAIL_MEDIA_TYPE = "image/webp"

KINDS_TAKEN = "PNG, JPEG, GIF or WebP"


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture: upright, sRGB, without metadata. Sizes are pixels of the upright picture.

    `thumbnail` is of THUMBNAIL_MEDIA_TYPE and at most THUMBNAIL_EDGE_PX a side.
    """

    media_type: str
    width: int
    height: int
    data: bytes
    thumbnail: bytes
    original_media_type: str
    original_width: int
    original_height: int


class PictureRefused(Exception):
    """`reason` is a stable word to count by; `sentence` tells the person, and names the limit."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence


def require_size(size_bytes: int) -> None:
    """Raise PictureRefused for an upload of a size that is not read at all."""
    if not size_bytes:
        raise PictureRefused("empty", "It is empty: 0 bytes.")
    if size_bytes > MAX_UPLOAD_BYTES:
        raise PictureRefused(
            "too_large_bytes", f"It is {_megabytes(size_bytes)} MB; the most is {_megabytes(MAX_UPLOAD_BYTES)} MB."
        )


def too_many_pixels(width: int | None, height: int | None) -> PictureRefused:
    """Without a size where the decoder refused before it was known."""
    most = f"the most is {MAX_PIXELS // 1_000_000} megapixels"
    if not width or not height:
        sentence = f"It has too many pixels; {most}."
    elif width * height > MAX_PIXELS:
        sentence = f"It is {width:,} × {height:,} pixels; {most}."
    else:
        sentence = f"It is {width:,} × {height:,} pixels; the longest side may be {MAX_SIDE_PX:,}."
    return PictureRefused("too_many_pixels", sentence)


def unsupported(article_and_kind: str) -> PictureRefused:
    return PictureRefused("unsupported_type", f"It is {article_and_kind}; pictures are taken as {KINDS_TAKEN}.")


def not_an_image() -> PictureRefused:
    return PictureRefused("not_an_image", f"It is not a picture; taken are {KINDS_TAKEN}.")


def truncated() -> PictureRefused:
    return PictureRefused("truncated", "It is damaged or cut off, and cannot be read to its end.")


def too_slow(limit_s: float) -> PictureRefused:
    return PictureRefused("too_slow", f"Reading it takes longer than the {limit_s:g} seconds that a picture may take.")


def too_hungry(limit_bytes: int) -> PictureRefused:
    return PictureRefused(
        "too_hungry", f"Reading it takes more than the {limit_bytes // 2**20:,} MB of memory allowed."
    )


def crashed() -> PictureRefused:
    return PictureRefused("crashed", "It could not be read: the picture reader stopped. Save it anew and try again.")


def busy(waited_s: float) -> PictureRefused:
    return PictureRefused("busy", f"Other pictures kept the server busy for {waited_s:g} seconds. Try again.")


def _megabytes(size_bytes: int) -> str:
    """Rounded up, so that one byte over the limit does not read like the limit."""
    tenths = -(-size_bytes * 10 // 2**20)
    return f"{tenths / 10:g}"
