from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Indexes for what the office looks at all day: sales, the newest orders, mails that have not left."""

    dependencies = [("billing", "0007_document_archives")]

    operations = [
        migrations.AddIndex(
            model_name="document",
            index=models.Index(name="document_day", fields=["issued_on", "kind", "net"]),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(name="order_newest", fields=["-placed_at", "-id"]),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(name="mail_not_sent", fields=["created_at"], condition=~Q(status="sent")),
        ),
    ]
