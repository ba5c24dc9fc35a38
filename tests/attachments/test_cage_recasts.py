"""What comes out of the cage is a new picture: the same to look at, and nothing else of the old one."""

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageCms

from conversations.attachments.cage import Cage
from conversations.attachments.decode import encoded, fitting, tokens
from conversations.attachments.picture import MAX_PICTURE_BYTES, THUMBNAIL_EDGE_PX, Picture
from conversations.attachments.recast import recast
from tests.attachments import pictures
from tests.attachments.pictures import BLUE, GREEN, RED, WHITE, opened, saved

Colours = Sequence[tuple[int, ...]]


def made_from(data: bytes, *, max_edge_px: int = 2576, max_tokens: int = 4784) -> Picture:
    return recast(data, max_edge_px=max_edge_px, max_tokens=max_tokens)


def colours_of_corners(picture: bytes) -> list[tuple[int, ...]]:
    image = opened(picture).convert("RGB")
    right, bottom = image.width - 4, image.height - 4
    points = ((3, 3), (right, 3), (3, bottom), (right, bottom))
    return [colour for point in points if isinstance(colour := image.getpixel(point), tuple)]


def look_alike(seen: Colours, wanted: Colours) -> bool:
    return all(
        abs(a - b) < 16 for one, other in zip(seen, wanted, strict=True) for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_whichever_way_the_phone_was_held(orientation: int) -> None:
    lying = {5, 6, 7, 8}
    as_seen = {
        1: [RED, GREEN, BLUE, WHITE],
        2: [GREEN, RED, WHITE, BLUE],
        3: [WHITE, BLUE, GREEN, RED],
        4: [BLUE, WHITE, RED, GREEN],
        5: [RED, BLUE, GREEN, WHITE],
        6: [BLUE, RED, WHITE, GREEN],
        7: [WHITE, GREEN, BLUE, RED],
        8: [GREEN, WHITE, RED, BLUE],
    }

    made = made_from(pictures.phone_photo(orientation))

    assert (made.width, made.height) == ((40, 60) if orientation in lying else (60, 40))
    assert (made.original_width, made.original_height) == (made.width, made.height)
    assert opened(made.data).size == (made.width, made.height)
    assert look_alike(colours_of_corners(made.data), as_seen[orientation])
    assert look_alike(colours_of_corners(made.thumbnail), as_seen[orientation])


def test_a_phone_photo_forgets_where_it_was_taken_and_by_whom() -> None:
    original = pictures.phone_photo(6)
    assert all(word in original for word in (b"SECRET-MAKER", b"SECRET-COMMENT", b"SECRET-XMP", b"ICC_PROFILE"))

    made = made_from(original)

    for data in (made.data, made.thumbnail):
        assert not any(word in data for word in (b"SECRET", b"Exif", b"EXIF", b"xmp", b"ICC", b"GPS"))
        assert not opened(data).getexif()
        assert not {"icc_profile", "comment", "xmp", "dpi"} & set(opened(data).info)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_forget_too(kind: str) -> None:
    exif = Image.Exif()
    exif[pictures.MAKER] = "SECRET-MAKER"
    original = saved(pictures.photo(), kind, exif=exif)
    assert b"SECRET-MAKER" in original

    made = made_from(original)

    assert b"SECRET" not in made.data + made.thumbnail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_nothing_of_a_polyglot_survives_but_the_picture(kind: str) -> None:
    tail = b"<html><script>alert('SECRET')</script>PK\x03\x04"

    made = made_from(saved(pictures.photo(), kind) + tail)

    assert not any(word in made.data + made.thumbnail for word in (b"SECRET", b"script", b"html", b"PK\x03\x04"))


def test_html_inside_a_comment_does_not_survive() -> None:
    made = made_from(saved(pictures.photo(), "JPEG", comment=b"<script>alert(1)</script>"))

    assert b"script" not in made.data


def test_a_photo_of_two_lenses_is_its_first_picture() -> None:
    original = saved(Image.new("RGB", (64, 48), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])

    assert look_alike(colours_of_corners(made_from(original).data), [RED] * 4)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_becomes_its_first_frame(kind: str) -> None:
    made = made_from(pictures.animation(kind))

    picture = opened(made.data)
    assert getattr(picture, "n_frames", 1) == 1
    assert look_alike(colours_of_corners(made.data), [RED] * 4)
    assert made.original_media_type == f"image/{kind.lower()}"


def test_many_frames_cost_no_more_than_one() -> None:
    made = recast(pictures.animation("GIF", frames=300), max_edge_px=2576, max_tokens=4784, cage=Cage(cpu_s=1))

    assert look_alike(colours_of_corners(made.data), [RED] * 4)


def test_a_photo_becomes_a_jpeg_and_a_chart_a_png() -> None:
    assert made_from(saved(pictures.photo(), "PNG")).media_type == "image/jpeg"
    assert made_from(saved(pictures.corners(), "WEBP")).media_type == "image/png"


def test_a_chart_keeps_every_pixel() -> None:
    chart = pictures.corners(301, 203)

    assert opened(made_from(saved(chart, "PNG")).data).convert("RGB").tobytes() == chart.tobytes()


def test_what_shows_through_still_shows_through() -> None:
    glass = Image.new("RGBA", (50, 50), (10, 20, 30, 0))
    glass.paste((200, 20, 20, 128), (10, 10, 40, 40))

    for kind in ("PNG", "WEBP"):
        made = made_from(saved(glass, kind, **({"lossless": True} if kind == "WEBP" else {})))
        picture = opened(made.data)
        assert (made.media_type, picture.mode) == ("image/png", "RGBA")
        assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]
        assert picture.getpixel((25, 25)) == (200, 20, 20, 128)


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    photo = pictures.photo().convert("RGBA")

    assert made_from(saved(photo, "PNG")).media_type == "image/jpeg"


def test_a_palette_with_a_transparent_colour_keeps_it() -> None:
    palette = pictures.corners().quantize(8)
    transparent = palette.getpixel((59, 39))

    for kind in ("PNG", "GIF"):
        picture = opened(made_from(saved(palette, kind, transparency=transparent)).data)
        assert picture.mode == "RGBA"
        assert picture.getpixel((57, 37))[3] == 0  # type: ignore[index]
        assert picture.getpixel((3, 3))[3] == 255  # type: ignore[index]


def test_print_colours_become_screen_colours() -> None:
    made = made_from(saved(pictures.corners().convert("CMYK"), "JPEG", quality=95))

    assert opened(made.data).mode == "RGB"
    assert all(abs(a - b) < 40 for a, b in zip(colours_of_corners(made.data)[0], RED, strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_pictures_stay_as_they_look(mode: str) -> None:
    grey = pictures.photo().convert(mode)

    seen = opened(made_from(saved(grey, "PNG")).data).convert("L").resize((1, 1), Image.Resampling.BOX)
    wanted = grey.convert("L").resize((1, 1), Image.Resampling.BOX)

    assert abs(int(seen.tobytes()[0]) - int(wanted.tobytes()[0])) < 4


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = opened(made_from(pictures.png_by_hand(40, 40, bits=16, samples=b"\x40\x80")).data).convert("L")
    colour = opened(made_from(pictures.png_by_hand(40, 40, bits=16, samples=b"\x40\x80\x80\x80\xc0\x80")).data)

    assert grey.getpixel((20, 20)) == 64
    assert colour.convert("RGB").getpixel((20, 20)) == (64, 128, 192)


def test_a_colour_profile_is_applied_and_then_gone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    swapped = swap_red_and_blue(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red = Image.new("RGB", (40, 40), RED)

    converted = made_from(saved(red, "PNG", icc_profile=swapped))
    of_another_mode = made_from(saved(red, "PNG", icc_profile=profile))
    broken = made_from(saved(red, "PNG", icc_profile=b"no profile at all"))

    assert look_alike(colours_of_corners(converted.data), [BLUE] * 4)
    assert look_alike(colours_of_corners(of_another_mode.data), [RED] * 4)
    assert look_alike(colours_of_corners(broken.data), [RED] * 4)
    assert "icc_profile" not in opened(converted.data).info


def swap_red_and_blue(profile: bytes) -> bytes:
    """A profile whose first channel means blue, so that its use cannot be overlooked."""
    return profile.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")


def test_broken_exif_does_not_spoil_a_good_picture() -> None:
    exif = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + b"\xff" * 40

    assert made_from(saved(pictures.photo(), "JPEG", exif=exif)).width == 320


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((100, 80), (100, 80)),
        ((2576, 1000), (2576, 1000)),
        ((4000, 400), (2576, 258)),
        ((1932, 1932), (1932, 1932)),
        ((1, 12_000), (1, 2576)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_picture_is_as_large_as_the_model_uses(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert fitting(size, 2576, 4784) == wanted


def test_no_shape_costs_more_tokens_than_allowed() -> None:
    for width in range(1, 12_000, 397):
        for height in range(1, 12_000, 389):
            for edge, most in ((2576, 4784), (1568, 1568)):
                fitted = fitting((width, height), edge, most)
                assert max(fitted) <= edge
                assert tokens(fitted) <= most
                assert fitted[0] <= width
                assert fitted[1] <= height


@pytest.mark.parametrize(("edge", "most"), [(2576, 4784), (1568, 1568)])
def test_a_large_photo_is_cut_to_the_tier_and_keeps_its_shape(edge: int, most: int) -> None:
    made = made_from(pictures.jpeg(4032, 3024), max_edge_px=edge, max_tokens=most)

    assert tokens((made.width, made.height)) <= most
    assert tokens((made.width, made.height)) > most * 0.95
    assert abs(made.width / made.height - 4 / 3) < 0.01
    assert (made.original_width, made.original_height) == (4032, 3024)
    assert max(opened(made.thumbnail).size) == THUMBNAIL_EDGE_PX
    assert opened(made.thumbnail).format == "WEBP"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_even_noise_stays_within_what_the_api_takes(mode: str) -> None:
    made = made_from(saved(pictures.noise(1500, 1200, mode), "PNG", compress_level=1))

    assert len(made.data) <= MAX_PICTURE_BYTES
    assert opened(made.data).size == (made.width, made.height)
    assert opened(made.data).format == made.media_type.removeprefix("image/").upper()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_what_no_quality_makes_small_enough_is_made_smaller(mode: str) -> None:
    media_type, data, (width, height) = encoded(pictures.noise(400, 200, mode), 5_000)

    assert len(data) <= 5_000
    assert (opened(data).size, Image.MIME[opened(data).format or ""]) == ((width, height), media_type)
    assert width < 400
    assert abs(width - 2 * height) <= 2


def test_many_pictures_at_once_all_arrive() -> None:
    originals = [saved(Image.new("RGB", (10 + step, 10)), "PNG") for step in range(6)]

    with ThreadPoolExecutor(6) as people:
        widths = [made.width for made in people.map(made_from, originals)]

    assert widths == [10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_photo_of_a_newer_phone_becomes_one_that_everybody_can_read(kind: str) -> None:
    made = made_from(pictures.phone_photo_as(kind))

    assert made.media_type in {"image/jpeg", "image/png"}
    assert (made.width, made.height) == (40, 60)
    assert look_alike(colours_of_corners(made.data), [BLUE, RED, WHITE, GREEN])
    assert b"SECRET" not in made.data + made.thumbnail


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_such_a_photo_is_shrunk_like_any_other(kind: str) -> None:
    made = made_from(saved(pictures.corners(3000, 2000), kind))

    assert (made.original_width, made.original_height) == (3000, 2000)
    assert max(made.width, made.height) <= 2576
