"""Which images of a conversation go along with a question: as many as one request takes, the newest. Pure.

What is left out stays left out, and it goes in large steps: each change in the middle of a conversation costs it its
prompt cache. Source of the limits: the vendor's vision guide.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from conversations.models import Attachment

MAX_IMAGES = 100  # what the models with the smaller context take
MAX_LARGE_IMAGES = 20  # of a request with an image above LARGE_PX: beyond it, that one would be rejected
LARGE_PX = 2000
MAX_ENCODED_BYTES = 20_000_000  # leaves a third of a request to words and to the images of a large question
REST = 0.5  # what may stay when the limit is passed, so that the next questions do not pass it again


def kept_images(questions: Iterable[Sequence[Attachment]]) -> set[UUID]:
    """The images to send, of the questions in their order. Those of the last question are always sent."""
    kept: list[Attachment] = []
    for images in questions:
        kept += images
        if not _fit(kept, 1):
            while len(kept) > len(images) and not _fit(kept, REST):
                kept.pop(0)
    return {image.pk for image in kept}


def left_out(count: int) -> str:
    """What stands in the place of images, for Claude."""
    return "[An image was here and is left out.]" if count == 1 else f"[{count} images were here and are left out.]"


def _fit(images: Sequence[Attachment], share: float) -> bool:
    is_large = any(max(image.width, image.height) > LARGE_PX for image in images)
    encoded_bytes = sum(image.size_bytes for image in images) * 4 / 3
    most = MAX_LARGE_IMAGES if is_large else MAX_IMAGES
    return len(images) <= most * share and encoded_bytes <= MAX_ENCODED_BYTES * share
