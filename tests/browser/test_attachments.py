"""Pictures by button, paste and drop."""

import base64
import io
import re

from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.browser.scenes import asked
from tests.browser.window import Window
from tests.upstream import Upstream

GIVE_FILE = """
(element, { type, name, media, data }) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], name, { type: media }))
  const options = { bubbles: true, cancelable: true }
  element.dispatchEvent(type === "paste"
    ? new ClipboardEvent(type, { ...options, clipboardData: transfer })
    : new DragEvent(type, { ...options, dataTransfer: transfer }))
}
"""


def picture(colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 400), colour).save(file, "PNG")
    return file.getvalue()


def png(name: str = "lake.png") -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": picture()}


async def give(window: Window, how: str, name: str = "lake.png") -> None:
    file = {"type": how, "name": name, "media": "image/png", "data": base64.b64encode(picture()).decode()}
    target = window.text if how == "paste" else window.pane
    await target.evaluate(GIVE_FILE, file)


async def attach(window: Window, *files: FilePayload) -> None:
    async with window.page.expect_file_chooser() as chooser:
        await window.page.get_by_role("button", name="Attach").click()
    await (await chooser.value).set_files(list(files))


async def test_a_picture_is_attached_by_button_and_asked_about(alice: Window, upstream: Upstream) -> None:
    await attach(alice, png(), png("hill.png"))
    chips = alice.page.locator(".composer__attachments .chip")
    await expect(chips).to_have_count(2)
    await expect(alice.page.locator("[data-uploading]")).to_have_count(0)
    lake = chips.filter(has_text="lake.png")
    await expect(lake).to_contain_text("640 × 400")
    await expect(lake.locator("img")).to_have_js_property("complete", True)

    await chips.filter(has_text="hill.png").get_by_role("button", name=re.compile("Remove")).click()
    await expect(chips).to_have_count(1)
    await alice.ask_and_read("What is in the lake picture?")

    await expect(chips).to_have_count(0)
    await expect(alice.questions.locator("img")).to_have_count(1)
    request = next(filter(asked("lake picture"), upstream.requests))
    assert [block["type"] for block in request.body["messages"][-1]["content"]] == ["image", "text"]


async def test_a_picture_alone_is_a_question(alice: Window) -> None:
    await attach(alice, png())

    await alice.send.click()

    await expect(alice.questions.locator("img")).to_have_count(1)


async def test_a_pasted_picture_is_attached(alice: Window) -> None:
    await alice.text.fill("Look at this:")

    await give(alice, "paste")

    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await expect(alice.text).to_have_value("Look at this:")


async def test_a_picture_dropped_anywhere_is_attached_and_the_target_shows(alice: Window) -> None:
    target = alice.page.locator(".dropzone")
    await expect(target).to_be_hidden()

    await give(alice, "dragenter")
    await expect(target).to_be_visible()
    await give(alice, "drop")

    await expect(target).to_be_hidden()
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)


async def test_send_waits_for_an_upload(alice: Window) -> None:
    may_go = await alice.hold("**/attachments/")
    await alice.text.fill("Here it comes")
    await give(alice, "paste")
    await expect(alice.page.get_by_role("progressbar", name="Uploading lake.png")).to_be_visible()
    await expect(alice.send).to_be_disabled()
    await alice.text.press("Enter")
    await expect(alice.page.locator(".composer__hint")).to_contain_text("still being uploaded")

    may_go.set()

    await expect(alice.send).to_be_enabled()


async def test_a_refused_file_is_named_with_the_limit_and_the_words_stay(alice: Window) -> None:
    alice.tolerate("status of 422")
    await alice.text.fill("I typed this first")

    await attach(alice, {"name": "notes.png", "mimeType": "image/png", "buffer": b"\0 no picture at all"})

    refusal = alice.page.get_by_role("alert").filter(has_text="notes.png")
    await expect(refusal).to_contain_text(re.compile("JPEG|PNG|picture|image", re.I))
    await expect(alice.text).to_have_value("I typed this first")
    await expect(alice.send).to_be_enabled()


async def test_a_lost_upload_says_so(alice: Window) -> None:
    alice.tolerate("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    await alice.page.route("**/attachments/", lambda route: route.abort())

    await give(alice, "paste")

    await expect(alice.page.get_by_role("alert").filter(has_text="lake.png")).to_contain_text("cannot be reached")


async def test_a_thumbnail_opens_large_and_escape_returns(alice: Window) -> None:
    await give(alice, "paste")
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await alice.ask_and_read("What do you see?")
    thumbnail = alice.questions.locator("image-viewer a")

    await thumbnail.click()
    large = alice.page.get_by_role("dialog").locator("img")
    await expect(large).to_be_visible()
    assert await large.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 640
    await alice.page.keyboard.press("Escape")

    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await expect(thumbnail).to_be_focused()


async def test_a_stranger_does_not_get_the_picture(alice: Window, ben: Window) -> None:
    await give(alice, "paste")
    thumbnail = await alice.page.locator(".chip img").get_attribute("src")

    assert thumbnail
    assert (await alice.page.request.get(thumbnail)).status == 200
    assert (await ben.page.request.get(thumbnail)).status == 404
