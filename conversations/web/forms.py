"""The shape of what people send."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import QueryDict

from conversations.claude.cards import EFFORTS
from conversations.drafts.keep import Writing
from conversations.models import PeopleGroup, Verdict
from conversations.models.feedback import REASON_LENGTH
from conversations.models.refusals import NOTE_LENGTH
from conversations.roster.offers import first_for, may_ask, offered_to
from conversations.turns.routing import BEST_FIT
from conversations.turns.start import Sending
from conversations.web.farewell import farewell, has_retired, in_place_of

MAX_TEXT_CHARS = 1_000_000  # about a quarter of the largest context, and well below what a request may carry
MAX_ATTACHMENTS = 10  # of one message
MANNER = ("effort", "thinking")
NO_CHOICE = {"invalid_choice": "This effort is not offered here. Choose another one and send again."}
MAX_KEPT_ATTACHMENTS = 100  # of a draft, from which some must go before it is sent


class WordsField(forms.CharField):
    """Words as they were typed, but with one newline as line end, and U+FFFD for NUL, which a database refuses."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


class FittingField(WordsField):
    """At most so many characters, told in words: a limit in the browser would cut off what is pasted without a word."""

    too_long = "These are %(show_value)d characters, and %(limit_value)d are the most. Shorten them and save again."

    def __init__(self, *, most: int, **about: Any) -> None:
        super().__init__(**about)
        self.most = most

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise forms.ValidationError(self.too_long, params={"show_value": len(value), "limit_value": self.most})


class TellingForm(forms.Form):
    @property
    def sentences(self) -> list[str]:
        """What is wrong, for people."""
        return [str(message) for messages in self.errors.values() for message in messages]


class SendForm(TellingForm):
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
    seen = forms.CharField(required=False, max_length=64)
    edits = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    effort = forms.ChoiceField(required=False, choices=[(level, level) for level in EFFORTS], error_messages=NO_CHOICE)
    thinking = forms.ChoiceField(required=False, choices=[("on", "on"), ("off", "off")], error_messages=NO_CHOICE)

    def __init__(self, data: QueryDict, *, group: PeopleGroup | None, model: str = "") -> None:
        """`group` is of who sends, and `model` what the conversation has."""
        super().__init__(data)
        self._attachment_values = data.getlist("attachments")
        self._group = group
        self._model = model or first_for(group, settings.CLAUDE_DEFAULT_MODEL)

    def clean_model(self) -> str:
        """A model of the picker, or what the conversation had before."""
        if self.cleaned_data["model"] == BEST_FIT:
            return BEST_FIT
        offered = {card.id for card in offered_to(self._group)} | {self._model, in_place_of(self._model)}
        chosen: str = self.cleaned_data["model"] or in_place_of(self._model)
        if has_retired(chosen):  # on a page from before it did
            raise forms.ValidationError(f"{farewell(chosen)} Send again if that is right.")
        if not (chosen in offered and may_ask(self._group, chosen)):
            raise forms.ValidationError("This model is not offered here. Choose another one and send again.")
        return chosen

    def clean(self) -> dict[str, Any]:
        attachments = attachment_ids(self._attachment_values)
        if len(attachments) > MAX_ATTACHMENTS:
            raise forms.ValidationError(f"A message takes up to {MAX_ATTACHMENTS} files. Remove some and send again.")
        if not attachments and "text" in self.cleaned_data and not self.cleaned_data["text"].strip():
            raise forms.ValidationError("Write a message or attach a file.")
        return {**self.cleaned_data, "attachments": attachments}

    @property
    def readable_attachment_ids(self) -> tuple[UUID, ...]:
        """What was attached, as far as it can be read; for giving a refused draft back."""
        try:
            return attachment_ids(self._attachment_values)
        except forms.ValidationError:
            return ()

    @property
    def manner(self) -> dict[str, str]:
        """Effort and thinking as they were chosen, as far as there is such a choice."""
        return {name: self.cleaned_data[name] for name in MANNER if name in self.data and name in self.cleaned_data}

    @property
    def known_model(self) -> str:
        return self.cleaned_data.get("model") or self._model

    def sending(self) -> Sending:
        cleaned = self.cleaned_data
        return Sending(
            client_id=cleaned["client_id"],
            text=cleaned["text"],
            model=cleaned["model"],
            attachment_ids=cleaned["attachments"],
            edits=cleaned["edits"],
            seen=cleaned["seen"],
            effort=self.manner.get("effort"),
            thinking=self.manner.get("thinking"),
        )


class ReportForm(TellingForm):
    """What a person may write to the admin about a refusal."""

    note = WordsField(
        required=False,
        max_length=NOTE_LENGTH,
        error_messages={"max_length": "The note is longer than %(limit_value)d characters. Shorten it and send again."},
    )


class FeedbackForm(TellingForm):
    """What a person thinks of an answer; without a verdict they take it back."""

    verdict = forms.ChoiceField(required=False, choices=Verdict)
    reason = WordsField(
        required=False,
        max_length=REASON_LENGTH,
        error_messages={
            "max_length": "The reason is longer than %(limit_value)d characters. Shorten it and save again."
        },
    )


class DraftForm(forms.Form):
    """What a tab holds. Also words that are too long to be sent: they are not to be lost either."""

    text = WordsField(required=False, strip=False)
    model = forms.CharField(required=False, max_length=64)
    client_id = forms.UUIDField()
    tab = forms.UUIDField()
    edition = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    seen = forms.CharField(required=False, max_length=64)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self._attachment_values = data.getlist("attachments")

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "attachment_ids": attachment_ids(self._attachment_values)[:MAX_KEPT_ATTACHMENTS]}

    def writing(self) -> Writing:
        return Writing(**self.cleaned_data)


def attachment_ids(values: list[str]) -> tuple[UUID, ...]:
    """Each once, in their order."""
    try:
        return tuple(dict.fromkeys(UUID(value) for value in values))
    except ValueError:
        raise forms.ValidationError("An attached file is not known here. Attach it again.") from None
