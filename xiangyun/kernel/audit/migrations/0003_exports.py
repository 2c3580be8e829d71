from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_reveals"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("act", "exchange.export_rows")),
                fields=["area_path", "at"],
                name="audit_entry_export",
            ),
        ),
    ]
