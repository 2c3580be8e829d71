from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="device",
            name="note",
            field=models.TextField(
                blank=True, default="", help_text="what a reader of its numbers must know: what is derived"
            ),
        ),
    ]
