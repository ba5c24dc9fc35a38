"""Instructions: what Claude is told before a chat. The site's go to everybody's chats, a person's to their own."""

from django.db import models

from conversations.models.groups import INSTRUCTIONS_LENGTH
from conversations.models.people import User
from conversations.models.plain import rows


class SiteInstructionsQuerySet(models.QuerySet["SiteInstructions"]):
    def in_force(self) -> str:
        newest = rows("SELECT text FROM conversations_siteinstructions ORDER BY id DESC LIMIT 1")
        return newest[0][0] if newest else ""


class SiteInstructions(models.Model):
    """One wording of the owner's; empty for none. The newest one counts, and the earlier ones stay to be read."""

    text = models.TextField(blank=True, max_length=INSTRUCTIONS_LENGTH)
    written_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    objects = SiteInstructionsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "site instructions"

    def __str__(self) -> str:
        return f"wording {self.pk}"


class OwnInstructionsQuerySet(models.QuerySet["OwnInstructions"]):
    def of(self, person_id: int) -> str:
        found = rows("SELECT text FROM conversations_owninstructions WHERE person_id = %s", person_id)
        return found[0][0] if found else ""

    def keep(self, person: User, text: str) -> None:
        """From the person's next question on. Without words there is no row."""
        if text.strip():
            self.update_or_create(pk=person.pk, defaults={"text": text})
        else:
            self.filter(pk=person.pk).delete()


class OwnInstructions(models.Model):
    """A row of its own beside the account, so that no list of accounts can be narrowed by its words."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="own_instructions")
    text = models.TextField(max_length=INSTRUCTIONS_LENGTH)

    objects = OwnInstructionsQuerySet.as_manager()

    def __str__(self) -> str:
        return f"instructions of person {self.pk}"
