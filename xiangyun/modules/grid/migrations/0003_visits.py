import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import scoped


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_security_keys"),
        ("grid", "0002_mediation"),
        ("people", "0005_candidate"),
    ]

    operations = [
        migrations.CreateModel(
            name="MissedVisit",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("due_on", models.DateField()),
                ("told_at", models.DateTimeField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.household"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("household", "due_on"), name="a missed visit is told once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                (
                    "area_path",
                    xiangyun.base.fields.AreaPathField(help_text="the grid of the home on that day, else its village"),
                ),
                ("kind", models.TextField(help_text="census care")),
                ("outcome", models.TextField(help_text="same changed away (nobody at home)")),
                ("visited_at", models.DateTimeField(help_text="by the phone's clock, corrected by how wrong it was")),
                ("came_at", models.DateTimeField(help_text="when the house heard of it")),
                (
                    "call_back_on",
                    models.DateField(help_text="the day on which somebody promised to ask again", null=True),
                ),
                (
                    "told_sealed",
                    models.BinaryField(help_text="JSON: note; of care also help and report (its id)", null=True),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.household"
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["household", "kind", "-visited_at"], name="grid_visit_of"),
                    models.Index(fields=["area_path", "-id"], name="grid_visit_place"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["census", "care"])), name="a visit has a kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["same", "changed", "away"])),
                        name="a visit found something or nobody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("call_back_on", None), ("kind", "care"), _connector="OR"),
                        name="only who cares calls back",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitInterval",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the town")),
                ("kind", models.TextField(help_text="code list care, level 0")),
                ("days", models.SmallIntegerField(help_text="null: not asked after any more", null=True)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
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
                        fields=("area_path", "kind", "valid_from"), name="a town says once a day how often it visits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("days", None), ("days__range", (1, 366)), _connector="OR"),
                        name="a visit comes again within a year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="an interval ends after it begins",
                    ),
                ],
            },
        ),
        scoped("grid_visit"),
        scoped("grid_visitinterval"),
        scoped("grid_missedvisit"),
    ]
