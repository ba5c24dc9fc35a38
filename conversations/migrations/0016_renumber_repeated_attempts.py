from django.db import migrations
from django.db.models import Count, Max


def renumber(apps, schema_editor):
    """Give entries that were booked twice for one attempt a number of their own: the ledger forgets nothing."""
    entries = apps.get_model("conversations", "UsageEntry").objects
    repeated = entries.exclude(turn=None).values("turn", "attempt", "purpose").annotate(times=Count("id")).filter(times__gt=1)
    for attempt in list(repeated.values("turn", "attempt", "purpose").order_by()):
        for entry in list(entries.filter(**attempt).order_by("pk"))[1:]:
            newest = entries.filter(turn=entry.turn_id, purpose=entry.purpose).aggregate(newest=Max("attempt"))["newest"]
            entries.filter(pk=entry.pk).update(attempt=newest + 1)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0015_batches")]
    operations = [migrations.RunPython(renumber, migrations.RunPython.noop)]
