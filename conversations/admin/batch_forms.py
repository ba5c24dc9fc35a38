"""The form that makes a batch of a file."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from conversations.batches.prompts import MOST_FILE_BYTES, BadFile, Prompt, read_prompts
from conversations.claude import catalogue
from conversations.models import PeopleGroup
from conversations.roster.offers import first_for, offered_to

KINDS = {"csv": False, "tsv": False, "jsonl": True, "ndjson": True}  # by ending: whether it is JSONL
ANSWER_TOKENS = 2000


class BatchForm(forms.Form):
    file = forms.FileField(label="File of prompts")
    model = forms.ChoiceField(label="Model")
    max_tokens = forms.IntegerField(
        label="Longest answer, in tokens",
        min_value=1,
        initial=ANSWER_TOKENS,
        help_text="A token is about three characters. Thinking counts too; what does not fit is cut off.",
    )

    def __init__(self, *args: Any, group: PeopleGroup | None, **kwargs: Any) -> None:
        """`group` is of who makes the batch."""
        super().__init__(*args, **kwargs)
        models = [(card.id, card.display_name) for card in offered_to(group)]
        usual = first_for(group, catalogue.canonical(settings.CLAUDE_DEFAULT_MODEL))
        self.fields["model"] = forms.ChoiceField(label="Model", choices=models, initial=usual)
        self.prompts: list[Prompt] = []
        self.more_faults = 0
        self.fields["file"].widget.attrs["accept"] = ",".join(f".{ending}" for ending in KINDS)

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        ending = (file.name or "").rpartition(".")[2].lower()
        if ending not in KINDS:
            raise forms.ValidationError("Not a .csv or .jsonl file. The samples show what one looks like.")
        if (file.size or 0) > MOST_FILE_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_FILE_BYTES // 2**20} MB. Cut it into several.")
        return file

    def clean(self) -> None:
        """Reads the file last, since what a prompt may hold depends on the model and the longest answer."""
        if self.errors:
            return
        model, most = catalogue.card(self.cleaned_data["model"]), self.cleaned_data["max_tokens"]
        if most > model.max_output_tokens:
            self.add_error("max_tokens", f"{model.display_name} gives {model.max_output_tokens:,} at most.")
            return
        file = self.cleaned_data["file"]
        is_jsonl = KINDS[file.name.rpartition(".")[2].lower()]
        try:
            self.prompts = read_prompts(file.read(), is_jsonl=is_jsonl, model=model, max_tokens=most)
        except BadFile as bad:
            self.more_faults = bad.more
            self.add_error("file", bad.faults)
