from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access import policies


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("key", models.TextField(help_text="the name its sender had at the broker")),
                ("reason", models.TextField(help_text="nobody (no such device here), broken (a fault of ours)")),
                ("body", models.BinaryField()),
                ("sent_at", models.DateTimeField(help_text="the broker's stamp")),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "sent_at"), name="a message is kept once"),
                ],
            },
        ),
        migrations.RunSQL(
            "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON telemetry_letter FROM xy_app;",
            "GRANT INSERT, UPDATE, DELETE ON telemetry_letter TO xy_app;",
        ),
        policies.grants_ingest("telemetry_letter", "SELECT, INSERT"),
    ]
