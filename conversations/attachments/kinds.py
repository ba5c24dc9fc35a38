"""What a file is by its first bytes; names and declared types are not asked."""

import re
from enum import StrEnum

from conversations.attachments.picture import not_an_image, unsupported


class Kind(StrEnum):
    """The formats taken, by Pillow's names."""

    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    WEBP = "WEBP"

    @property
    def media_type(self) -> str:
        return f"image/{self.lower()}"


TAKEN = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Kind.PNG),
    (re.compile(rb"\xff\xd8\xff"), Kind.JPEG),
    (re.compile(rb"GIF8[79]a"), Kind.GIF),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), Kind.WEBP),
)
STRANGERS = (
    (re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL), "a HEIC photo"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "an AVIF picture"),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "a TIFF picture"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), "a BMP picture"),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\0\0\x01\0"), "an icon file"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 picture"),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "a JPEG XL picture"),
    (re.compile(rb"SIMPLE  ="), "a FITS picture"),
    (re.compile(rb"PK\x03\x04|\x1f\x8b"), "a compressed file"),
)
SVG = re.compile(rb"<(\w+:)?svg[\s>]", re.IGNORECASE)


def kind_of(data: bytes) -> Kind:
    """The format of a picture; raises PictureRefused for what is not taken, and says what it is."""
    for signature, kind in TAKEN:
        if signature.match(data):
            return kind
    for signature, stranger in STRANGERS:
        if signature.match(data):
            raise unsupported(stranger)
    # UTF-16 has a zero beside each letter; without the zeros one pattern reads it too.
    if SVG.search(data[:4096].replace(b"\0", b"")):
        raise unsupported("an SVG drawing")
    raise not_an_image()
