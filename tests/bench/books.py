"""What the site has in its books of every question of the bench: `python -m tests.bench.books`, as JSON."""

import json
import os
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
django.setup()

from conversations.models import Turn  # noqa: E402
from tests.bench.answers import Question  # noqa: E402


def told(turn: Turn) -> dict[str, Any]:
    question = Question.last_in(turn.question.text)
    assert question
    return {
        "key": question.key,
        "status": turn.status,
        "reason": turn.answer.reason,
        "is_whole": turn.answer.text == question.answer,
        "has_text": bool(turn.answer.text),
        "attempts": [(attempt.output_tokens, attempt.estimated) for attempt in turn.attempts.all()],
    }


turns = Turn.objects.select_related("question", "answer").prefetch_related("attempts").order_by("pk")
print(json.dumps([told(turn) for turn in turns]))
