from typing import ClassVar

import django.db.models
from django.db import migrations

import accounts.validators


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_entries_by_time")]

    # Only the words of the form: no table changes.
    operations: ClassVar = [
        migrations.AlterField(
            model_name="company",
            name="invoice_email",
            field=django.db.models.EmailField(
                max_length=254,
                help_text=(
                    "Hertil sendes kreditnotaer samt fakturaer ved kontooverførsel. "
                    "Ved betaling med kort sendes kvitteringen til den administrative e-mail."
                ),
                validators=[accounts.validators.single_line],
                verbose_name="faktura-e-mail",
            ),
        ),
    ]
