from django.db import migrations, models
from django.db.models import Max


def begin_with_the_last_document(apps, schema_editor):
    """No document that comes may be dated before those that are there."""
    documents = apps.get_model("billing", "Document").objects.values("kind").annotate(last=Max("issued_at"))
    series = apps.get_model("billing", "NumberSeries").objects
    for kind, last in documents.order_by("kind").values_list("kind", "last"):
        series.filter(kind=kind).update(last_issued_at=last)


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_reconciliation")]

    operations = [
        migrations.AddField(
            model_name="numberseries",
            name="last_issued_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="senest udstedt"),
        ),
        migrations.RunPython(begin_with_the_last_document, migrations.RunPython.noop),
    ]
