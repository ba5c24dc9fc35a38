"""Begin, change and delete projects."""

from django.db import IntegrityError, transaction

from conversations.attachments import store
from conversations.models import Project, User


class NameTaken(Exception):
    """The person has another project of that name."""


def begin(person: User, name: str) -> Project:
    """Raises NameTaken."""
    return _saved(Project(owner=person, name=name))


def change(project: Project, *, name: str, instructions: str) -> None:
    """They count from the next question of each chat on. Raises NameTaken."""
    project.name, project.instructions = name, instructions
    _saved(project)


def delete(project: Project) -> None:
    """With its instructions and files, for good. Its chats stay, outside of any project; so do its costs."""
    with transaction.atomic():
        Project.objects.hold(project.pk)  # whoever puts a chat or a file into it just now comes before or after
        store.erase(project.files.all())
        project.delete()


def _saved(project: Project) -> Project:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise NameTaken from error
    return project
