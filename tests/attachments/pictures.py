"""Pictures of every sort, made in code."""

import random
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageDraw
from pillow_heif import register_heif_opener

GPS_IFD, GPS_LATITUDE = 0x8825, 2
MAKER, ORIENTATION, COMMENT = 0x010F, 0x0112, 0x9286
RED, GREEN, BLUE, WHITE = (200, 20, 20), (20, 160, 20), (20, 20, 200), (250, 250, 250)

Image.MAX_IMAGE_PIXELS = None  # ours are large on purpose
register_heif_opener(thumbnails=False)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def photo(width: int = 320, height: int = 240) -> Image.Image:
    """Many colours, as from a camera, and compressible."""
    gradients = Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L").rotate(90)
    noisy = Image.merge("RGB", [gradient.resize((width, height)) for gradient in gradients])
    return Image.blend(noisy, Image.effect_noise((width, height), 60).convert("RGB"), 0.1)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Nothing that a codec could save."""
    return Image.frombytes(mode, (width, height), random.Random(7).randbytes(width * height * len(mode)))


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    half_x, half_y = width // 2, height // 2
    draw.rectangle((0, 0, half_x - 1, half_y - 1), RED)
    draw.rectangle((half_x, 0, width, half_y - 1), GREEN)
    draw.rectangle((0, half_y, half_x - 1, height), BLUE)
    draw.rectangle((half_x, half_y, width, height), WHITE)
    return image


def jpeg(width: int = 320, height: int = 240) -> bytes:
    return saved(photo(width, height), "JPEG")


def phone_photo(orientation: int = 1) -> bytes:
    """A JPEG with everything that a phone tells: place, maker, a comment, XMP, a colour profile."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKER] = "SECRET-MAKER"
    exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (48.0, 8.0, 7.77)
    return saved(
        corners(),
        "JPEG",
        quality=95,
        subsampling=0,
        exif=exif,
        comment=b"SECRET-COMMENT",
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET-XMP</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )


def phone_photo_as(kind: str) -> bytes:
    """A lying photo as newer phones keep it, with its place in it."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "SECRET-MAKER"
    exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (48.0, 8.0, 7.77)
    return saved(corners(), kind, quality=95, exif=exif.tobytes())


def animation(kind: str, frames: int = 3) -> bytes:
    """Red first, blue afterwards."""
    rest = [Image.new("RGB", (64, 48), BLUE) for _ in range(frames - 1)]
    return saved(Image.new("RGB", (64, 48), RED), kind, save_all=True, append_images=rest, duration=100)


def png_by_hand(width: int, height: int, *, bits: int = 8, samples: bytes = b"\0") -> bytes:
    """A PNG of one colour, given as the bytes of one pixel; small whatever its size, as bombs are."""
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[len(samples) * 8 // bits]
    row = b"\0" + samples * width
    packer = zlib.compressobj(1)
    rows_at_once = max(1, 2**22 // len(row))
    body = b"".join(packer.compress(row * min(rows_at_once, height - y)) for y in range(0, height, rows_at_once))
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", body + packer.flush()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, data) for name, data in chunks)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side: int) -> bytes:
    """One bit a pixel and a header that promises `side` squared; the rows are never reached."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes(side // 8 + 1) * 1000, 9)
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    """Thirty bytes that ask for a canvas of 16,383 × 16,383."""
    side = struct.pack("<I", 16_382)[:3]
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + side + side
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def padded(data: bytes, size_bytes: int) -> bytes:
    """A picture with a tail that makes the file exactly so large."""
    return data + bytes(size_bytes - len(data))
