"""PDFs of every sort, made in code."""

import zlib
from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

FONT = DictionaryObject(
    {
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    }
)


def pdf(*pages: str, password: str | None = None, owner: str = "owner") -> bytes:
    """A page for each text; a text of "" leaves it empty."""
    writer = PdfWriter()
    for words in pages:
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F"): FONT})}
        )
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F 24 Tf 72 720 Td ({words}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(drawn)
    if password is not None:
        writer.encrypt(password, owner, algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def by_hand(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first one is its catalogue."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def laughing(depth: int, width: int) -> bytes:
    """A tree of pages in which each node names the next one `width` times: `width` to the power of `depth` pages."""
    nodes = [_node([number + 1] * width) for number in range(2, 2 + depth)]
    return by_hand(b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def circle() -> bytes:
    """Pages that contain themselves."""
    return by_hand(b"<</Type/Catalog/Pages 2 0 R>>", _node([3]), _node([2]))


def liar(pages: int) -> bytes:
    """It tells of so many pages and has one."""
    node = b"<</Type/Pages/Count %d/Kids[3 0 R]>>" % pages
    return by_hand(b"<</Type/Catalog/Pages 2 0 R>>", node, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def zipped(unfolded_bytes: int) -> bytes:
    """The table of its objects is a stream that unfolds to so many zeros."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(unfolded_bytes // 2**20)) + packer.flush()
    head = b"<</Type/XRef/Size 9/W[1 9 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    return b"%PDF-1.5\n1 0 obj\n" + head + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF"


def _node(children: Sequence[int]) -> bytes:
    kids = b" ".join(b"%d 0 R" % child for child in children)
    return b"<</Type/Pages/Count 1/Kids[%b]>>" % kids
