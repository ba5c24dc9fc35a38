"""What we ask Claude, as frozen values. No SDK type and no row comes in here."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """One image, byte for byte as it is stored. `media_type` is one the API takes, such as `image/png`."""

    media_type: str
    data: bytes


Part = TextPart | ImagePart


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of the history, oldest part first; images stand before the text they belong to."""

    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to Claude. `history` ends with a user's utterance and is never empty.

    `person_key` is an opaque, stable key for abuse detection; never a name or an address.
    """

    model: str
    history: tuple[Utterance, ...]
    max_tokens: int
    system: str = ""
    person_key: str = ""
