"""What a turn may spend: reserved when it is asked, and anew for each request, when its prompt is known."""

from dataclasses import replace

from conversations.attachments.tokens import estimated_tokens as tokens_of_file
from conversations.claude import catalogue
from conversations.claude.ask import Ask
from conversations.claude.counts import estimated_tokens as tokens_of_text
from conversations.claude.errors import ClaudeError
from conversations.claude.measure import about_tokens
from conversations.models import Attachment, Message, Purpose, Turn, UsageEntry
from conversations.turns.context import MAX_ANSWER_TOKENS
from conversations.turns.start_errors import OutOfBudget
from conversations.usage.budgets import BudgetSpent, budgets_of, reserve
from conversations.usage.limits import Call

AROUND_TOKENS = 3000  # of what Claude is told besides the chat: prompt, instructions, tools


def reserve_for(turn: Turn, attachments: list[Attachment]) -> None:
    """Room for the first request, as far as one can tell before it is built. Raises OutOfBudget.

    Last in the transaction that makes the turn, since it locks what others wait for.
    """
    if not budgets_of(turn.asked_by):
        return
    card = catalogue.card(turn.model)
    longest, project = min(card.max_output_tokens, MAX_ANSWER_TOKENS), _about_project(turn)
    call = Call(turn.model, _about(turn, attachments, project), longest, kept_tokens=project)
    try:
        grant = reserve(turn.asked_by, call, turn=turn, may_change_model=True)
    except BudgetSpent as spent:
        raise OutOfBudget(spent.advice, spent.advice_with_reset, spent.resets_at) from spent
    if grant is None:
        return
    turn.is_budgeted = True
    if grant.model != turn.model:
        turn.spared, turn.model, turn.answer.model = turn.model, grant.model, grant.model
        Message.objects.filter(pk=turn.answer_id).update(model=grant.model)
    turn.save(update_fields=["is_budgeted", "spared", "model"])


def within_budget(turn_id: int, ask: Ask) -> Ask:
    """The request as there is room for it, which is now reserved. Raises ClaudeError."""
    turn = Turn.objects.select_related("asked_by__group").get(pk=turn_id)
    try:
        call = Call(ask.model, about_tokens(ask), ask.max_tokens, kept_tokens=_about_head(ask))
        grant = reserve(turn.asked_by, call, turn=turn)
    except BudgetSpent as spent:
        raise ClaudeError("budget", spent.advice_with_reset) from spent
    return replace(ask, max_tokens=grant.max_tokens) if grant else ask


def _about(turn: Turn, attachments: list[Attachment], project: int) -> int:
    """The chat as its last request was counted, and what is new. It may be new to its project."""
    answered = UsageEntry.objects.filter(conversation=turn.conversation_id, purpose=Purpose.ANSWER, turn__isnull=False)
    last = answered.order_by("-pk").first()
    before = last.prompt_tokens + last.output_tokens if last else AROUND_TOKENS
    return max(before, project) + tokens_of_text(len(turn.question.text)) + sum(map(tokens_of_file, attachments))


def _about_project(turn: Turn) -> int:
    """What every question of its chats takes; nothing where there is none."""
    if (project := turn.conversation.project) is None:
        return 0
    files = Attachment.objects.along_with(turn.conversation)
    return AROUND_TOKENS + tokens_of_text(len(project.instructions)) + sum(map(tokens_of_file, files))


def _about_head(ask: Ask) -> int:
    head = Ask(ask.model, ask.history[:1], ask.max_tokens)
    return about_tokens(head) if ask.has_shared_head else 0
