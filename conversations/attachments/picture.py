"""What a picture is once it is safe, and the sentences for those that are refused."""

from dataclasses import dataclass

from conversations.attachments.refused import FileRefused

MAX_SIDE_PX = 12_000  # a phone's panorama fits
MAX_PIXELS = 50_000_000  # a 48-megapixel phone photograph fits; decoded, this many take 200 MB
MAX_PICTURE_BYTES = 3_750_000  # 5 MB of base64, what the strictest of Claude's providers takes for one image
THUMBNAIL_EDGE_PX = 480
THUMBNAIL_MEDIA_TYPE = "image/webp"


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


def too_many_pixels(width: int | None, height: int | None) -> FileRefused:
    """Without a size where the decoder refused before it was known."""
    most = f"the most is {MAX_PIXELS // 1_000_000} megapixels"
    if not width or not height:
        sentence = f"It has too many pixels; {most}."
    elif width * height > MAX_PIXELS:
        sentence = f"It is {width:,} × {height:,} pixels; {most}."
    else:
        sentence = f"It is {width:,} × {height:,} pixels; the longest side may be {MAX_SIDE_PX:,}."
    return FileRefused("too_many_pixels", sentence)


def truncated() -> FileRefused:
    return FileRefused("truncated", "It is damaged or cut off, and cannot be read to its end.")
