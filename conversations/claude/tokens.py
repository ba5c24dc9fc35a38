"""What an image and a page cost in tokens, and how large a model sees an image. Pure.

Source: the vendor's vision guide. An image is cut into patches of 28 × 28 pixels, one token each, after it has been
scaled down to the model's longest edge and most tokens.
"""

from .cards import ModelCard

PATCH_PX = 28
# The vendor says 1,500 to 3,000 for the words of a page, and its picture besides (1,568 on all models, more on some).
TOKENS_PER_PAGE = 3_800


def image_tokens(width: int, height: int, card: ModelCard) -> int:
    return _patches(*fitted_size(width, height, card))


def fitted_size(width: int, height: int, card: ModelCard) -> tuple[int, int]:
    """The largest size of the same shape that the model uses fully; larger pixels would only cost bandwidth."""
    longest = min(max(width, height), card.max_image_edge_px)
    if _patches(*_scaled(width, height, longest)) <= card.max_image_tokens:
        return _scaled(width, height, longest)
    fits, too_long = 1, longest
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _patches(*_scaled(width, height, middle)) <= card.max_image_tokens:
            fits = middle
        else:
            too_long = middle
    return _scaled(width, height, fits)


def _scaled(width: int, height: int, longest: int) -> tuple[int, int]:
    edge = max(width, height)
    return max(1, width * longest // edge), max(1, height * longest // edge)


def _patches(width: int, height: int) -> int:
    return -(-width // PATCH_PX) * -(-height // PATCH_PX)
