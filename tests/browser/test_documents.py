"""Documents by button and drop, a long paste as a file, and what is cited of them."""

import re
from typing import Any

from playwright.async_api import FilePayload, expect

from tests.attachments import documents
from tests.browser.scenes import asked
from tests.browser.test_attachments import GIVE_FILE, attach
from tests.browser.window import Window
from tests.upstream import Reply, Upstream, begin, block_start, block_stop, end, text

PASTE = """
(text, words) => {
  const transfer = new DataTransfer()
  transfer.setData("text/plain", words)
  text.focus()
  text.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer }))
  document.execCommand("insertText", false, words)
}
"""
DROP_LARGE = """
(element, size) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(size)], "film.txt"))
  element.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }))
}
"""
LOG = "".join(f"{number} all is well\n" for number in range(1000))


def pdf(name: str = "rivers.pdf", *pages: str) -> FilePayload:
    data = documents.pdf(*(pages or ("Rivers carry sand.", "", "")))
    return {"name": name, "mimeType": "application/pdf", "buffer": data}


def cited(page: int, words: str) -> Reply:
    citation: dict[str, Any] = {
        "type": "page_location",
        "cited_text": "Rivers carry sand.",
        "document_index": 0,
        "document_title": "rivers.pdf",
        "start_page_number": page,
        "end_page_number": page + 1,
    }
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": citation}}
    return Reply.streaming(begin(index=None), block_start(0), text(words, 0), delta, block_stop(0), end(index=None))


async def test_a_document_is_attached_asked_about_and_cited(alice: Window, upstream: Upstream) -> None:
    upstream.script(cited(2, "They carry sand"), when=asked("rivers carry"))
    await attach(alice, pdf())
    chip = alice.page.locator(".composer__attachments .chip").filter(has_text="rivers.pdf")
    await expect(chip).to_contain_text("3 pages")
    await expect(chip).to_contain_text("about 11,000 tokens")

    await alice.ask_and_read("What do rivers carry?")

    file = alice.questions.get_by_role("link", name=re.compile("rivers.pdf"))
    await expect(file).to_contain_text("3 pages")
    source = alice.answer.locator(".source")
    await expect(source).to_contain_text("rivers.pdf, page 2")
    await expect(source).to_contain_text("Rivers carry sand.")
    request = next(filter(asked("rivers carry"), upstream.requests))
    assert [block["type"] for block in request.body["messages"][-1]["content"]] == ["document", "text"]
    async with alice.page.expect_download() as download:
        await file.click()
    assert (await download.value).suggested_filename == "rivers.pdf"


async def test_a_text_is_attached_by_drop(alice: Window) -> None:
    file = {"type": "drop", "name": "notes.md", "media": "text/markdown", "data": "IyBOb3Rlcwo="}

    await alice.pane.evaluate(GIVE_FILE, file)

    await expect(alice.page.locator(".chip").filter(has_text="notes.md")).to_contain_text("Text · 8 bytes")


async def test_a_protected_pdf_is_named_with_what_to_do_and_the_words_stay(alice: Window) -> None:
    alice.tolerate("status of 422")
    await alice.text.fill("I typed this first")
    secret = documents.pdf("x", password="s")

    await attach(alice, {"name": "secret.pdf", "mimeType": "application/pdf", "buffer": secret})

    refusal = alice.page.get_by_role("alert").filter(has_text="secret.pdf")
    await expect(refusal).to_contain_text("Save it without that and attach it again.")
    await expect(alice.text).to_have_value("I typed this first")


async def test_the_limits_are_named_before_a_file_is_chosen(alice: Window) -> None:
    await alice.ready()
    async with alice.page.expect_file_chooser():
        await alice.page.get_by_role("button", name="Attach").click()

    await expect(alice.page.locator(".composer__hint")).to_contain_text("PDFs up to 600 pages")


async def test_a_file_over_the_limit_is_not_even_uploaded(alice: Window) -> None:
    uploads: list[str] = []
    await alice.ready()
    alice.page.on("request", lambda request: uploads.append(request.url) if "attachments" in request.url else None)

    await alice.pane.evaluate(DROP_LARGE, 20 * 2**20 + 1)

    refusal = alice.page.get_by_role("alert").filter(has_text="film.txt")
    await expect(refusal).to_contain_text("The most is 20 MB.")
    assert not uploads


async def test_a_long_paste_can_become_a_file(alice: Window) -> None:
    await alice.ready()
    await alice.text.fill("What is wrong here? ")
    await alice.text.press("End")
    await alice.text.evaluate(PASTE, LOG)
    offer = alice.page.get_by_role("button", name="Attach it as a file")
    await expect(alice.page.locator("long-paste")).to_contain_text(f"You pasted {len(LOG):,} characters.")

    await offer.click()

    await expect(alice.page.locator(".chip").filter(has_text="pasted")).to_contain_text("Text · ")
    await expect(alice.text).to_have_value("What is wrong here? ")
    await expect(offer).to_have_count(0)
    await expect(alice.text).to_be_focused()


async def test_the_offer_goes_with_the_pasted_words_and_stays_while_one_types(alice: Window) -> None:
    await alice.ready()
    await alice.text.evaluate(PASTE, LOG)
    offer = alice.page.get_by_role("button", name="Attach it as a file")
    await expect(offer).to_be_visible()

    await alice.text.press_sequentially("Why?")
    await expect(offer).to_be_visible()
    await alice.text.fill("Never mind")

    await expect(offer).to_have_count(0)


async def test_a_paste_that_cannot_be_uploaded_stays_in_the_message(alice: Window) -> None:
    alice.tolerate("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    await alice.ready()
    await alice.page.route("**/attachments/", lambda route: route.abort())
    await alice.text.evaluate(PASTE, LOG)

    await alice.page.get_by_role("button", name="Attach it as a file").click()

    await expect(alice.page.get_by_role("alert").filter(has_text="pasted")).to_contain_text("cannot be reached")
    await expect(alice.text).to_have_value(LOG)


async def test_a_draft_keeps_its_documents(alice: Window) -> None:
    await attach(alice, pdf())
    saved = alice.page.locator(".chip input[name=attachments]")
    await expect(saved).to_have_count(1)
    async with alice.page.expect_response("**/draft/"):
        await alice.text.fill("Later")
    await alice.page.reload()

    await expect(alice.page.locator(".chip").filter(has_text="rivers.pdf")).to_contain_text("3 pages")


async def test_a_copied_question_mentions_its_files(alice: Window) -> None:
    await alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await attach(alice, pdf())
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(1)
    await alice.ask_and_read("What do they say?")

    await alice.questions.hover()
    await alice.questions.get_by_role("button", name="Copy").click()

    copied = await alice.page.evaluate("navigator.clipboard.readText()")
    assert copied == "*Attached: rivers.pdf*\n\nWhat do they say?"


async def test_a_message_with_documents_has_no_barrier(alice: Window) -> None:
    await attach(alice, pdf(), pdf("a name that is far too long for the line " * 2 + ".pdf"))
    await expect(alice.page.locator(".chip input[name=attachments]")).to_have_count(2)
    assert await alice.axe_violations() == []

    await alice.ask_and_read("What do they say?")

    assert await alice.axe_violations() == []
