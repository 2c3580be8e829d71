from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="is_sealed",
            field=models.BooleanField(default=False, help_text="of something sealed: its own room alone shows it"),
        ),
    ]
