import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0001_initial"),
        ("people", "0003_lighter_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="personrequest",
            name="copy",
            field=models.ForeignKey(
                help_text="what they asked for",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.attachment",
            ),
        ),
    ]
