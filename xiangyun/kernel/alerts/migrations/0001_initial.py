import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import grants_ingest, scoped


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("devices", "0001_initial"),
        ("workflow", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("town", models.TextField(blank=True, db_collation="C")),
                ("params", models.JSONField()),
                ("severity", models.SmallIntegerField(help_text="1 is the gravest, 4 the least")),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(null=True)),
                ("source", models.TextField(help_text="standard, paper or decision the numbers were taken from")),
                ("basis", models.TextField(help_text="what they mean, and how sure they are")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("code"),
                        models.F("town"),
                        models.F("valid_from"),
                        name="a rule changes once at a moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__range", (1, 4))), name="rule severity is 1 to 4"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="a rule ends after it begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("device_num", models.BigIntegerField()),
                ("rule", models.TextField()),
                ("settled_us", models.BigIntegerField()),
                ("calm_from_us", models.BigIntegerField()),
                ("until_us", models.BigIntegerField(help_text="far away while an alert is open")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("device_num"), models.F("rule"), name="a rule watches a device once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("rule", models.TextField()),
                ("kind", models.TextField()),
                ("severity", models.SmallIntegerField()),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("subject_kind", models.TextField()),
                ("subject_id", models.TextField()),
                ("starts_at", models.DateTimeField(help_text="ts of the first reading of the spell")),
                ("event_at", models.DateTimeField(help_text="ts of the record that completed the condition")),
                ("cleared_at", models.DateTimeField(help_text="ts of the record with which it was over", null=True)),
                ("raised_at", models.DateTimeField(help_text="when we knew")),
                ("is_late", models.BooleanField(default=False)),
                (
                    "is_waiting",
                    models.BooleanField(
                        default=False, help_text="open in a backlog that has not caught up: nobody is sent until it has"
                    ),
                ),
                ("state", models.TextField(default="open")),
                ("reason_code", models.TextField()),
                ("inputs", models.JSONField(default=dict)),
                (
                    "device",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="devices.device"
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="workflow.matter"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["area_path", "-event_at", "-id"], name="alerts_alert_place"),
                    models.Index(
                        models.F("matter"), condition=models.Q(("matter__isnull", False)), name="alerts_alert_matter"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("rule"),
                        models.F("subject_kind"),
                        models.F("subject_id"),
                        condition=models.Q(("state", "open")),
                        name="one open alert per rule and subject",
                    ),
                    models.UniqueConstraint(
                        models.F("rule"),
                        models.F("subject_kind"),
                        models.F("subject_id"),
                        models.F("starts_at"),
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        name="a spell is told once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["alert", "tip", "fact"])),
                        name="an alert is an alert, a tip or a fact",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "closed", "withdrawn"])),
                        name="an alert is open, closed or withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), _negated=True),
                            ("cleared_at", None),
                            _connector="OR",
                        ),
                        name="an open alert is not over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            ("cleared_at__isnull", False),
                            _connector="OR",
                        ),
                        name="a closed alert is over",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FullDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("device_num", models.BigIntegerField()),
                ("on", models.DateField()),
                ("reached_us", models.BigIntegerField(help_text="ts of the record that reached it, µs since 1970")),
                (
                    "rule_row",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="full_days", to="alerts.alertrule"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("rule_row"),
                        models.F("device_num"),
                        models.F("on"),
                        name="a day is reached once per rule and device",
                    )
                ],
            },
        ),
        scoped("alerts_alert"),
        grants_ingest("alerts_alertrule", "SELECT"),
        grants_ingest("alerts_alert", "SELECT, INSERT, UPDATE"),
        grants_ingest("alerts_watch", "SELECT, INSERT, UPDATE, DELETE"),
        grants_ingest("alerts_fullday", "SELECT, INSERT, UPDATE"),
    ]
