"""The shape of what people send."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import QueryDict

from conversations.claude import catalogue
from conversations.turns.start import Draft

MAX_TEXT_CHARS = 1_000_000  # about a quarter of the largest context, and well below what a request may carry
MAX_ATTACHMENTS = 10  # of one message


class WordsField(forms.CharField):
    """Words as they were typed, but with one newline as line end, and U+FFFD for NUL, which a database refuses."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


class DraftForm(forms.Form):
    """One message: words, attachments, or both."""

    text = WordsField(
        required=False,
        strip=False,
        max_length=MAX_TEXT_CHARS,
        error_messages={
            "max_length": "The message is longer than %(limit_value)d characters. Shorten it and send again."
        },
    )
    client_id = forms.UUIDField(
        error_messages={"required": "Reload the page and send again.", "invalid": "Reload the page and send again."}
    )
    model = forms.CharField(required=False, max_length=64)

    def __init__(self, data: QueryDict, *, model: str = "") -> None:
        super().__init__(data)
        self._attachment_values = data.getlist("attachments")
        self._model = model or settings.CLAUDE_DEFAULT_MODEL

    def clean_model(self) -> str:
        """A model of the picker, or what the conversation had before."""
        offered = {card.id for card in catalogue.PICKER} | {self._model}
        chosen: str = self.cleaned_data["model"] or self._model
        if chosen not in offered:
            raise forms.ValidationError("This model is not offered here. Choose another one and send again.")
        return chosen

    def clean(self) -> dict[str, Any]:
        attachments = self._attachments()
        if len(attachments) > MAX_ATTACHMENTS:
            raise forms.ValidationError(f"A message takes up to {MAX_ATTACHMENTS} images. Remove some and send again.")
        if not attachments and "text" in self.cleaned_data and not self.cleaned_data["text"].strip():
            raise forms.ValidationError("Write a message or attach an image.")
        return {**self.cleaned_data, "attachments": attachments}

    def _attachments(self) -> tuple[UUID, ...]:
        try:
            return tuple(dict.fromkeys(UUID(value) for value in self._attachment_values))
        except ValueError:
            raise forms.ValidationError("An attached image is not known here. Attach it again.") from None

    @property
    def attachment_ids(self) -> tuple[UUID, ...]:
        """What was attached, as far as it can be read; for giving a refused draft back."""
        try:
            return self._attachments()
        except forms.ValidationError:
            return ()

    @property
    def known_model(self) -> str:
        return self.cleaned_data.get("model") or self._model

    def draft(self) -> Draft:
        cleaned = self.cleaned_data
        return Draft(cleaned["client_id"], cleaned["text"], cleaned["model"], cleaned["attachments"])

    @property
    def sentences(self) -> list[str]:
        """What is wrong, for people."""
        return [str(message) for messages in self.errors.values() for message in messages]
