"""Refusal events: what Claude declined, of which category, and what an admin thinks of it. No words of people."""

from django.db import models

from conversations.models.conversations import Conversation
from conversations.models.people import User
from conversations.models.usage import UsageEntry


class ReviewState(models.TextChoices):
    NEW = "new", "New"
    FALSE_ALARM = "false_alarm", "False alarm"
    POLICY = "policy", "Policy"
    ESCALATED = "escalated", "Escalated"
    RESOLVED = "resolved", "Resolved"


class RefusalEvent(models.Model):
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="refusals")
    conversation = models.ForeignKey(Conversation, on_delete=models.SET_NULL, null=True, related_name="refusals")
    usage = models.OneToOneField(UsageEntry, on_delete=models.PROTECT, related_name="refusal")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    category = models.CharField(max_length=64, blank=True)  # "" when the API named none
    explanation = models.TextField(blank=True)  # the vendor's words, never the person's
    model = models.CharField(max_length=64)
    after_text = models.BooleanField(default=False)  # whether an answer had begun
    state = models.CharField(max_length=12, choices=ReviewState, default=ReviewState.NEW)

    class Meta:
        verbose_name = "refusal event"

    def __str__(self) -> str:
        return f"refusal {self.pk}"
