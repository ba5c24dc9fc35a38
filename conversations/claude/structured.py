"""Answers as data: a Pydantic model into the JSON Schema that the API takes, which is not all of JSON Schema."""

from typing import Any

import anthropic
from pydantic import BaseModel


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """For `Ask.answer_schema`. What the API does not enforce, such as lengths, stands in descriptions: check it."""
    return anthropic.transform_schema(form)
