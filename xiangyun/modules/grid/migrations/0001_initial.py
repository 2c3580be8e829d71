import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import scoped


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0005_security_keys"),
        ("people", "0004_personrequest_copy"),
        ("workflow", "0004_growth"),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the town")),
                ("code", models.TextField()),
                ("group", models.TextField(help_text="hazard dispute protection; the last is sealed")),
                ("zh", models.TextField()),
                ("en", models.TextField()),
                (
                    "level",
                    models.TextField(help_text="who settles it unless somebody says otherwise: grid village town"),
                ),
                ("severity", models.SmallIntegerField(help_text="1 is the gravest, 4 the least")),
                ("valid_from", models.DateField()),
                (
                    "valid_until",
                    models.DateField(help_text="first day on which it can no longer be reported", null=True),
                ),
                ("source", models.TextField(help_text="who decided so, where it is written")),
                ("set_at", models.DateTimeField()),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("area_path", "code", "valid_from"), name="a town says once a day what a category is"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "group__in",
                                [
                                    "hazard",
                                    "dispute",
                                    "protection",
                                ],
                            )
                        ),
                        name="a category is of a known group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "level__in",
                                [
                                    "grid",
                                    "village",
                                    "town",
                                ],
                            )
                        ),
                        name="a category has a level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__range", (1, 4))), name="a category has a severity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="a category ends after it begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                (
                    "area_path",
                    xiangyun.base.fields.AreaPathField(
                        help_text="the grid, where it is known, else the village; of a sealed one the village"
                    ),
                ),
                ("how", models.TextField(help_text="worker villager for_somebody phone")),
                ("words", models.TextField(blank=True, default="")),
                ("place", models.TextField(blank=True, default="", help_text="in words: 渠东桥头")),
                (
                    "told_sealed",
                    models.BinaryField(help_text="JSON: words place point household plot result", null=True),
                ),
                (
                    "caller_sealed",
                    models.BinaryField(
                        help_text="JSON: name and phone of who told it, where they gave them", null=True
                    ),
                ),
                (
                    "result",
                    models.TextField(blank=True, default="", help_text="what was done, as the village may read it"),
                ),
                ("result_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.TextField(
                        blank=True, default="", help_text="police court petition arbitration: where it went"
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.household"
                    ),
                ),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="workflow.matter"
                    ),
                ),
                (
                    "plot",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.plot"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["area_path", "-id"], name="grid_report_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "how__in",
                                [
                                    "worker",
                                    "villager",
                                    "for_somebody",
                                    "phone",
                                ],
                            )
                        ),
                        name="a report came in a known way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("told_sealed", None),
                            models.Q(("household", None), ("place", ""), ("plot", None), ("result", ""), ("words", "")),
                            _connector="OR",
                        ),
                        name="a sealed report tells nothing in the open",
                    ),
                ],
            },
        ),
        scoped("grid_category"),
        scoped("grid_report"),
    ]
