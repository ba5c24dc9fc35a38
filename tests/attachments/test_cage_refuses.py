"""Every picture that is refused is refused by name, with its limit, and harms nobody."""

import gzip
import signal
import struct
import time
import zlib
from typing import Any

import pytest
from PIL import Image

from conversations.attachments import cage as cage_room
from conversations.attachments.cage import Answer, Cage, died
from conversations.attachments.kinds import Kind
from conversations.attachments.picture import MAX_SIDE_PX
from conversations.attachments.recast import read, recast
from conversations.attachments.refused import MAX_UPLOAD_BYTES, FileRefused
from tests.attachments import pictures

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(data: bytes, cage: Cage | None = None) -> FileRefused:
    options: dict[str, Any] = {"cage": cage} if cage else {}
    with pytest.raises(FileRefused) as caught:
        recast(data, max_edge_px=2576, max_tokens=4784, **options)
    return caught.value


def test_nothing_is_not_a_picture() -> None:
    refused = refusal(b"")

    assert (refused.reason, refused.sentence) == ("empty", "It is empty: 0 bytes.")


@pytest.mark.parametrize("size_bytes", [MAX_UPLOAD_BYTES - 1, MAX_UPLOAD_BYTES])
def test_an_upload_up_to_the_limit_is_taken(size_bytes: int) -> None:
    assert recast(pictures.padded(pictures.jpeg(), size_bytes), max_edge_px=2576, max_tokens=4784).width == 320


def test_an_upload_one_byte_over_the_limit_is_not() -> None:
    refused = refusal(pictures.padded(pictures.jpeg(), MAX_UPLOAD_BYTES + 1))

    assert (refused.reason, refused.sentence) == ("too_large_bytes", "It is 20.1 MB; the most is 20 MB.")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_half_a_picture_is_no_picture(kind: str, share: float) -> None:
    whole = pictures.saved(pictures.photo(), kind)

    refused = refusal(whole[: max(16, int(len(whole) * share))])

    assert (refused.reason, refused.sentence) == (
        "truncated",
        "It is damaged or cut off, and cannot be read to its end.",
    )


def test_a_png_with_flipped_bytes_is_damaged() -> None:
    data = bytearray(pictures.saved(pictures.photo(), "PNG"))
    data[len(data) // 2] ^= 0xFF

    assert refusal(bytes(data)).reason == "truncated"


@pytest.mark.parametrize("side", [13_000, 20_000, 30_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    started_s = time.monotonic()
    refused = refusal(pictures.bomb(side), Cage(memory_bytes=128 * 2**20))

    assert refused.reason == "too_many_pixels"
    assert refused.sentence == f"It is {side:,} × {side:,} pixels; the most is 50 megapixels."
    assert time.monotonic() - started_s < 5


def test_a_bomb_below_the_longest_side_is_refused_by_its_pixels() -> None:
    refused = refusal(pictures.png_by_hand(9000, 9900))

    assert refused.sentence == "It is 9,000 × 9,900 pixels; the most is 50 megapixels."


def test_a_webp_that_would_allocate_on_opening_is_refused_before() -> None:
    refused = refusal(pictures.webp_bomb(), Cage(memory_bytes=128 * 2**20))

    assert (refused.reason, refused.sentence) == (
        "too_many_pixels",
        "It has too many pixels; the most is 50 megapixels.",
    )


def test_a_side_may_be_long_but_not_longer() -> None:
    longest = recast(pictures.png_by_hand(MAX_SIDE_PX, 4), max_edge_px=2576, max_tokens=4784)
    refused = refusal(pictures.png_by_hand(MAX_SIDE_PX + 1, 4))

    assert (longest.width, longest.height) == (2576, 1)
    assert refused.sentence == "It is 12,001 × 4 pixels; the longest side may be 12,000."


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (SVG, "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<!-- a drawing -->\n' + SVG, "an SVG drawing"),
        (SVG.decode().encode("utf-16"), "an SVG drawing"),
        (gzip.compress(SVG, mtime=0), "a compressed file"),
        (pictures.saved(pictures.corners(), "TIFF"), "a TIFF picture"),
        (pictures.saved(pictures.corners(), "BMP"), "a BMP picture"),
        (pictures.saved(pictures.corners(), "JPEG2000"), "a JPEG 2000 picture"),
        (pictures.saved(pictures.corners(), "ICO"), "an icon file"),
        (b"8BPS\0\x01" + bytes(40), "a Photoshop file"),
        (b"SIMPLE  =                    T" + bytes(40), "a FITS picture"),
        (b"PK\x03\x04" + bytes(40), "a compressed file"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "an office document, which can be saved as a PDF"),
        (b"\xd0\xcf\x11\xe0" + bytes(40), "an office document, which can be saved as a PDF"),
    ],
)
def test_other_kinds_are_refused_and_named(data: bytes, what: str) -> None:
    refused = refusal(data)

    assert refused.reason == "unsupported_type"
    assert refused.sentence == f"It is {what}; taken are PNG, JPEG, GIF, WebP, HEIC, AVIF, PDF and text."


@pytest.mark.parametrize("data", [b"\0" * 100, b"RIFF\0\0\0\4WAVE", b"\x7fELF\2\1\1", b"caf\xe9 \1"])
def test_what_nobody_can_read_is_called_so(data: bytes) -> None:
    assert refusal(data).reason == "unknown_type"


@pytest.mark.parametrize("head", [b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBP"])
def test_a_fake_header_does_not_help(head: bytes) -> None:
    assert refusal(head + b"<script>alert(1)</script>" * 10).reason == "truncated"


def test_a_picture_that_eats_memory_starves_alone() -> None:
    hungry = pictures.png_by_hand(7000, 7000, samples=b"\x10\x20\x30\x80")

    refused = refusal(hungry, Cage(memory_bytes=150 * 2**20))

    assert refused.reason == "too_hungry"
    assert refused.sentence == "Reading it takes more than the 150 MB of memory allowed."
    assert recast(pictures.jpeg(), max_edge_px=2576, max_tokens=4784).width == 320


def test_a_webp_canvas_that_eats_memory_starves_alone() -> None:
    canvas = pictures.saved(Image.new("RGB", (6000, 6000)), "WEBP", lossless=True, quality=0, method=0)

    assert refusal(canvas, Cage(memory_bytes=150 * 2**20)).reason in {"too_hungry", "truncated"}


def test_a_picture_that_burns_the_processor_is_stopped() -> None:
    slow = pictures.png_by_hand(7000, 7000, bits=16, samples=b"\x10\x01\x20\x02\x30\x03\x80\x04")

    refused = refusal(slow, Cage(cpu_s=1))

    assert refused.reason == "too_slow"


def test_a_decoder_that_does_not_answer_is_killed() -> None:
    started_s = time.monotonic()
    refused = refusal(pictures.jpeg(2000, 1500), Cage(wall_s=0.02))

    assert refused.reason == "too_slow"
    assert time.monotonic() - started_s < 5


def test_a_decoder_that_dies_is_told_apart_by_how_it_died() -> None:
    def reason_for(exit_code: int) -> str:
        return died(Answer(b"", exit_code, was_late=False), Cage()).reason

    assert reason_for(-signal.SIGXCPU) == "too_slow"
    assert reason_for(-signal.SIGKILL) == "too_hungry"
    assert reason_for(-signal.SIGSEGV) == "crashed"
    assert reason_for(1) == "crashed"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"[]\n",
        b'"text"\n',
        b'{"refused": "because I say so"}\n',
        b'{"refused": ["list"]}\n',
        b'{"width": 1}\n',
        b'{"width": 1, "height": 1, "original_width": 1, "original_height": 1, "picture_bytes": 8, '
        b'"thumbnail_bytes": 8}\n\x89PNG\r\n\x1a\n\x89PNG\r\n\x1a\n',
    ],
)
def test_a_decoder_that_was_taken_over_is_not_believed(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read(Answer(raw, 0, was_late=False), Kind.PNG, Cage())


def test_people_wait_for_a_place_and_are_told_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage_room, "MAX_WAIT_S", 0.01)
    for _ in range(cage_room.AT_ONCE):
        cage_room.places.acquire()
    try:
        assert refusal(pictures.jpeg()).reason == "busy"
    finally:
        for _ in range(cage_room.AT_ONCE):
            cage_room.places.release()

    assert recast(pictures.jpeg(), max_edge_px=2576, max_tokens=4784).width == 320


def test_a_png_text_bomb_does_not_unfold() -> None:
    whole = pictures.png_by_hand(8, 8)
    text = pictures.png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 * 2**20), 9))

    assert refusal(whole[:33] + text + whole[33:], Cage(memory_bytes=150 * 2**20)).reason == "truncated"


def test_a_gif_frame_larger_than_its_screen_counts() -> None:
    data = bytearray(pictures.saved(Image.new("P", (4, 4)), "GIF"))
    at = data.index(b",")
    data[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)

    assert refusal(bytes(data)).reason in {"too_many_pixels", "truncated"}
