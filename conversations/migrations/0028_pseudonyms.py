from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat


def forget_names(apps, schema_editor):
    """Rows of people who are there say their number; of those who are gone already nobody knows it any more."""
    entries = apps.get_model("conversations", "UsageEntry").objects
    number = Cast(F("person_id"), models.CharField())
    entries.exclude(person=None).update(pseudonym=Concat(Value("former person "), number))
    gone = entries.filter(person=None).exclude(pseudonym="")
    for at, name in enumerate(gone.order_by("pseudonym").values_list("pseudonym", flat=True).distinct(), 1):
        entries.filter(person=None, pseudonym=name).update(pseudonym=f"former person -{at}")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0027_routing_rules")]
    operations = [
        # The column keeps its name, so that code that still runs finds it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("usageentry", "person_name", "pseudonym"),
                migrations.AlterField(
                    "usageentry", "pseudonym", models.CharField(db_column="person_name", max_length=150)
                ),
            ]
        ),
        migrations.RunPython(forget_names, migrations.RunPython.noop),
    ]
