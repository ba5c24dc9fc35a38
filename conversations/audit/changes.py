"""What a form changed: of switches, numbers, choices and dates the values, of texts only that they changed."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet

TOLD = (
    forms.BooleanField,
    forms.ChoiceField,
    forms.DateField,
    forms.DateTimeField,
    forms.DecimalField,
    forms.IntegerField,
    forms.ModelChoiceField,
)
MOST_CHARACTERS = 300  # of a value; a hundred permissions by their numbers


def changes_of(form: Any, formsets: Iterable[Any] | None) -> dict[str, Any]:
    """`fields` of the object itself, and under the name of each of its parts what happened to that."""
    told: dict[str, Any] = {"fields": _fields(form)}
    for formset in formsets or ():
        for part in formset.forms:
            if part.has_changed() and part.instance.pk:
                told[_name(part.instance)] = _fields(part)
        for gone in getattr(formset, "deleted_objects", ()):
            told[_name(gone)] = "deleted"
    return told


def _fields(form: Any) -> dict[str, list[str]]:
    """For each that changed what it was and what it is; nothing of a text."""
    return {
        name: [_value(form.get_initial_for_field(field, name)), _value(form.cleaned_data.get(name))]
        if isinstance(field, TOLD)
        else []
        for name in form.changed_data
        if (field := form.fields.get(name)) is not None and name != "id"
    }


def _name(part: Model) -> str:
    return f"{part._meta.model_name} {part.pk}"


def _value(value: Any) -> str:
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, QuerySet | list | tuple | set):
        return ", ".join(_value(each) for each in value)[:MOST_CHARACTERS]
    return "" if value is None else str(value)[:MOST_CHARACTERS]
