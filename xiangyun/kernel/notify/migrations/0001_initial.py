import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access import policies


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="where the thing lies that it is about")),
                ("code", models.TextField()),
                ("params", models.JSONField(default=dict)),
                ("subject_kind", models.TextField(blank=True)),
                ("subject_id", models.TextField(blank=True)),
                ("channel", models.TextField(default="inbox")),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(help_text="the receipt: when the person opened it", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-created_at", "-id"], name="notify_notice_inbox"),
                    models.Index(
                        condition=models.Q(("seen_at", None)), fields=["account"], name="notify_notice_unseen"
                    ),
                ],
            },
        ),
        policies.scoped("notify_notice"),
        # A breach is told to the person on duty in the transaction that stores the reading.
        policies.grants_ingest("notify_notice", "INSERT"),
    ]
