"""Uploading, seeing and taking back files; each with the stranger who may do none of it."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.attachments.refused import MAX_UPLOAD_BYTES
from conversations.attachments.store import read_bytes
from conversations.models import Attachment, Conversation, Message, Role
from tests.attachments import documents, pictures

pytestmark = pytest.mark.usefixtures("media")

HTMX = {"HX-Request": "true"}


def chips_for(client: Client, *files: tuple[str, bytes], status: int = 200) -> str:
    """The fragment that answers an upload of these files."""
    uploads = [SimpleUploadedFile(name, data, content_type="text/html") for name, data in files]
    response = client.post("/attachments/", {"file": uploads}, headers=HTMX)
    assert response.status_code == status
    return response.text


def ids_in(chips: str) -> list[UUID]:
    return [UUID(value) for value in re.findall(r'<input type="hidden" name="attachments" value="([^"]+)">', chips)]


def without_chance(page: str) -> str:
    """Each page has a CSRF token and a reference of its own."""
    return re.sub(r"\b([A-Za-z0-9]{64}|[0-9a-f]{10})\b", "chance", page)


def uploaded(client: Client) -> Attachment:
    return Attachment.objects.get(pk=ids_in(chips_for(client, ("photo.jpg", pictures.jpeg())))[0])


def test_a_picture_becomes_a_chip_with_all_there_is_to_know(alice_client: Client) -> None:
    chips = chips_for(alice_client, ("beach.jpg", pictures.jpeg()))

    attachment = Attachment.objects.get()
    assert ids_in(chips) == [attachment.pk]
    assert f'src="/attachments/{attachment.pk}/thumbnail/"' in chips
    assert f'hx-post="/attachments/{attachment.pk}/remove/"' in chips
    assert "beach.jpg" in chips
    assert "320 × 240" in chips
    assert 'aria-label="Remove beach.jpg"' in chips


def test_several_pictures_become_chips_in_their_order(alice_client: Client) -> None:
    chips = chips_for(alice_client, *((f"{name}.jpg", pictures.jpeg()) for name in ("one", "two", "three")))

    names = [Attachment.objects.get(pk=pk).name for pk in ids_in(chips)]
    assert names == ["one.jpg", "two.jpg", "three.jpg"]


def test_what_is_refused_is_named_beside_what_is_taken(alice_client: Client) -> None:
    chips = chips_for(
        alice_client,
        ("good.jpg", pictures.jpeg()),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("bomb.png", pictures.bomb(30_000)),
    )

    assert len(ids_in(chips)) == 1
    assert chips.count('role="alert"') == 2
    assert "drawing.png" in chips
    assert "It is an SVG drawing; taken are PNG, JPEG, GIF, WebP, HEIC, AVIF, PDF and text." in chips
    assert "It is 30,000 × 30,000 pixels; the most is 50 megapixels." in chips


@pytest.mark.parametrize(
    ("data", "limit"),
    [(b"", "It is empty: 0 bytes."), (bytes(MAX_UPLOAD_BYTES + 1), "It is 20.1 MB; the most is 20 MB.")],
)
def test_when_nothing_is_taken_the_answer_says_so(alice_client: Client, data: bytes, limit: str) -> None:
    chips = chips_for(alice_client, ("photo.jpg", data), status=422)

    assert not ids_in(chips)
    assert limit in chips
    assert not Attachment.objects.exists()


def test_an_upload_without_a_file_is_refused(alice_client: Client) -> None:
    assert "Nothing arrived" in chips_for(alice_client, status=422)


def test_the_eleventh_picture_is_refused_by_name(alice_client: Client) -> None:
    tiny = pictures.saved(pictures.corners(8, 8), "PNG")

    chips = chips_for(alice_client, *((f"{number}.png", tiny) for number in range(1, 12)))

    assert len(ids_in(chips)) == 10
    assert chips.count('role="alert"') == 1
    assert ">11.png<" in chips
    assert "A message takes at most 10 files." in chips


def test_more_files_than_a_form_may_have_are_refused_whole(alice_client: Client) -> None:
    files = [SimpleUploadedFile(f"{number}.png", b"x") for number in range(101)]

    assert alice_client.post("/attachments/", {"file": files}).status_code == 400
    assert not Attachment.objects.exists()


def test_a_name_cannot_write_markup(alice_client: Client) -> None:
    chips = chips_for(
        alice_client, ('"><script>x</script>.jpg', pictures.jpeg()), ("<img src=x onerror=alert(1)>.svg", b"<svg/>")
    )

    assert "<script" not in chips
    assert "<img src=x" not in chips


def test_a_form_of_another_site_cannot_upload(alice_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice_client.cookies

    response = strict.post("/attachments/", {"file": SimpleUploadedFile("photo.jpg", pictures.jpeg())})

    assert response.status_code == 403
    assert not Attachment.objects.exists()


@pytest.mark.django_db
def test_nobody_uploads_without_signing_in(client: Client) -> None:
    response = client.post("/attachments/", {"file": SimpleUploadedFile("photo.jpg", pictures.jpeg())})

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]
    assert not Attachment.objects.exists()


def test_alice_sees_her_picture_and_its_thumbnail(alice_client: Client) -> None:
    attachment = uploaded(alice_client)

    whole = alice_client.get(f"/attachments/{attachment.pk}/")
    small = alice_client.get(f"/attachments/{attachment.pk}/thumbnail/")

    assert pictures.opened(whole.content).size == (320, 240)
    assert (whole["Content-Type"], whole["Content-Disposition"]) == ("image/jpeg", 'inline; filename="image.jpeg"')
    assert (small["Content-Type"], small["Content-Disposition"]) == ("image/webp", 'inline; filename="thumbnail.webp"')
    assert pictures.opened(small.content).format == "WEBP"


@pytest.mark.parametrize("part", ["", "thumbnail/"])
def test_a_picture_is_served_as_nothing_but_a_picture(alice_client: Client, part: str) -> None:
    headers = alice_client.get(f"/attachments/{uploaded(alice_client).pk}/{part}").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert re.fullmatch(r"private, max-age=\d+, immutable", headers["Cache-Control"])


@pytest.mark.parametrize("part", ["", "thumbnail/"])
def test_a_stranger_cannot_tell_alices_picture_from_none(alice_client: Client, ben_client: Client, part: str) -> None:
    attachment = uploaded(alice_client)

    hers = ben_client.get(f"/attachments/{attachment.pk}/{part}")
    nobodys = ben_client.get(f"/attachments/{uuid4()}/{part}")

    assert hers.status_code == nobodys.status_code == 404
    assert without_chance(hers.text) == without_chance(nobodys.text)


def test_nobody_sees_it_without_signing_in(alice_client: Client, client: Client) -> None:
    assert client.get(f"/attachments/{uploaded(alice_client).pk}/").status_code == 302


@pytest.mark.parametrize(
    "path", ["..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "1", "a%00b", "attachments%2f" + "0" * 32]
)
def test_an_address_is_never_a_path(alice_client: Client, path: str) -> None:
    assert alice_client.get(f"/attachments/{path}/").status_code == 404


def test_a_picture_whose_file_is_lost_is_not_found(alice_client: Client) -> None:
    attachment = uploaded(alice_client)
    Path(attachment.file.path).unlink()

    assert alice_client.get(f"/attachments/{attachment.pk}/").status_code == 404


def test_alice_takes_a_picture_back(alice_client: Client, media: Path) -> None:
    attachment = uploaded(alice_client)

    response = alice_client.post(f"/attachments/{attachment.pk}/remove/", headers=HTMX)

    # htmx leaves the page alone on a 204, so the chip goes with an empty 200.
    assert (response.status_code, response.content) == (200, b"")
    assert not Attachment.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert alice_client.post(f"/attachments/{attachment.pk}/remove/").status_code == 404


def test_a_stranger_cannot_take_it_away(alice_client: Client, ben_client: Client) -> None:
    attachment = uploaded(alice_client)

    assert ben_client.post(f"/attachments/{attachment.pk}/remove/").status_code == 404

    assert alice_client.get(f"/attachments/{attachment.pk}/").status_code == 200


def test_what_was_sent_cannot_be_taken_back(alice_client: Client) -> None:
    attachment = uploaded(alice_client)
    chat = Conversation.objects.create(owner=attachment.owner)
    Attachment.objects.update(message=Message.objects.create(conversation=chat, position=0, role=Role.USER))

    assert alice_client.post(f"/attachments/{attachment.pk}/remove/").status_code == 404

    assert alice_client.get(f"/attachments/{attachment.pk}/").status_code == 200


def test_looking_never_removes(alice_client: Client) -> None:
    attachment = uploaded(alice_client)

    assert alice_client.get(f"/attachments/{attachment.pk}/remove/").status_code == 405
    assert Attachment.objects.exists()


REPORT = documents.pdf("Rivers carry sand.", "More")


def chip_and_row(client: Client, name: str, data: bytes) -> tuple[str, Attachment]:
    chips = chips_for(client, (name, data))
    return chips, Attachment.objects.get(pk=ids_in(chips)[0])


def test_a_pdf_becomes_a_chip_with_its_pages(alice_client: Client) -> None:
    chips, attachment = chip_and_row(alice_client, "rivers.pdf", REPORT)

    assert (attachment.kind, attachment.pages, attachment.thumbnail.name) == ("pdf", 2, "")
    assert "rivers.pdf" in chips
    assert "2 pages · " in chips
    assert "about 7,600 tokens" in chips
    assert 'aria-label="Remove rivers.pdf"' in chips


def test_a_text_becomes_a_chip_and_is_kept_as_utf8(alice_client: Client) -> None:
    chips, attachment = chip_and_row(alice_client, "köln.csv", "a;b\nGrüße;1\n".encode("utf-16"))

    assert (attachment.kind, read_bytes(attachment.file).decode()) == ("text", "a;b\nGrüße;1\n")
    assert "Text · 14" in chips
    assert "about 5 tokens" in chips


def test_a_chip_tells_that_a_long_text_goes_along_in_part(alice_client: Client) -> None:
    chips, _ = chip_and_row(alice_client, "long.log", b"line\n" * 100_000)

    assert "about 130,000 tokens at first" in chips
    assert "Only the beginning goes along" in chips


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("secret.pdf", documents.pdf("x", password="s"), "It is a PDF with a password or a ban on copying."),
        ("half.pdf", REPORT[:300], "It is a damaged PDF."),
        ("old.txt", "Grüße".encode("latin-1"), "Save it anew with the encoding UTF-8"),
        ("plan.docx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "which can be saved as a PDF"),
    ],
    ids=["protected", "broken", "encoding", "office"],
)
def test_a_document_that_cannot_be_read_is_refused_by_name(
    alice_client: Client, name: str, data: bytes, why: str
) -> None:
    chips = chips_for(alice_client, (name, data), status=422)

    assert name in chips
    assert why in chips
    assert not Attachment.objects.exists()


def test_a_pdf_comes_back_as_it_was_and_only_as_a_download(alice_client: Client) -> None:
    _, attachment = chip_and_row(alice_client, 'a "b".pdf', REPORT)

    response = alice_client.get(f"/attachments/{attachment.pk}/")

    assert response.content == REPORT
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == r'attachment; filename="a \"b\".pdf"'


def test_a_text_is_shown_as_words_whatever_it_holds(alice_client: Client) -> None:
    _, attachment = chip_and_row(alice_client, "page.html", b"<script>alert(1)</script>")

    response = alice_client.get(f"/attachments/{attachment.pk}/")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("part", ["", "thumbnail/"])
def test_a_stranger_cannot_tell_alices_document_from_none(alice_client: Client, ben_client: Client, part: str) -> None:
    _, attachment = chip_and_row(alice_client, "rivers.pdf", REPORT)

    hers = ben_client.get(f"/attachments/{attachment.pk}/{part}")
    nobodys = ben_client.get(f"/attachments/{uuid4()}/{part}")

    assert hers.status_code == nobodys.status_code == 404
    assert without_chance(hers.text) == without_chance(nobodys.text)
    assert alice_client.get(f"/attachments/{attachment.pk}/thumbnail/").status_code == 404


def test_a_document_not_sent_can_be_taken_back(alice_client: Client, media: Path) -> None:
    _, attachment = chip_and_row(alice_client, "rivers.pdf", REPORT)

    assert alice_client.post(f"/attachments/{attachment.pk}/remove/").status_code == 200

    assert not [path for path in media.rglob("*") if path.is_file()]


def test_the_limits_are_named_before_anything_is_attached(alice_client: Client) -> None:
    page = alice_client.get("/").text.replace("\xa0", " ")

    assert "Up to 10 files of 20.0 MB: pictures, PDFs up to 600 pages, text up to 5.0 MB" in page
