from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="silent_since",
            field=models.DateTimeField(
                help_text="last evidence, where it ended only because nothing was heard after that: unknown since",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="watch",
            name="unknown_us",
            field=models.BigIntegerField(default=0, help_text="the last evidence seen, and the rule's bound after it"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("silent_since", None), ("cleared_at__gte", models.F("silent_since")), _connector="OR"
                ),
                name="an alert ends after it was last heard of",
            ),
        ),
    ]
