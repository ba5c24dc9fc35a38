"""What a file is by what is in it; names and declared types are not asked."""

import re
from enum import StrEnum

from conversations.attachments.refused import unsupported
from conversations.attachments.text import words_in


class Kind(StrEnum):
    """The formats taken, pictures by Pillow's names."""

    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    WEBP = "WEBP"
    HEIF = "HEIF"
    AVIF = "AVIF"
    PDF = "PDF"
    TEXT = "TEXT"

    @property
    def media_type(self) -> str:
        return DOCUMENTS.get(self) or f"image/{self.lower()}"


DOCUMENTS = {Kind.PDF: "application/pdf", Kind.TEXT: "text/plain"}
TAKEN = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Kind.PNG),
    (re.compile(rb"\xff\xd8\xff"), Kind.JPEG),
    (re.compile(rb"GIF8[79]a"), Kind.GIF),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), Kind.WEBP),
    (re.compile(rb"....ftyp(avi[fs]|mif1.{0,40}avif)", re.DOTALL), Kind.AVIF),
    (re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL), Kind.HEIF),
    (re.compile(rb"%PDF-"), Kind.PDF),
)
STRANGERS = (
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "a TIFF picture"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), "a BMP picture"),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (re.compile(rb"\0\0\x01\0"), "an icon file"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 picture"),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "a JPEG XL picture"),
    (re.compile(rb"SIMPLE  ="), "a FITS picture"),
    (
        re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|word/|xl/|ppt/|mimetype)|\xd0\xcf\x11\xe0", re.DOTALL),
        "an office document, which can be saved as a PDF",
    ),
    (re.compile(rb"PK\x03\x04|\x1f\x8b"), "a compressed file"),
)
SVG = re.compile(r"(\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)*<(\w+:)?svg[\s/>]", re.IGNORECASE | re.DOTALL)


def kind_of(data: bytes) -> Kind:
    """The format of a file; raises FileRefused for what is not taken, and says what it is."""
    for signature, kind in TAKEN:
        if signature.match(data):
            return kind
    for signature, stranger in STRANGERS:
        if signature.match(data):
            raise unsupported(stranger)
    if SVG.match(words_in(data)[:4096]):
        raise unsupported("an SVG drawing")
    return Kind.TEXT
