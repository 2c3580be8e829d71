import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import scoped


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_security_keys"),
        ("grid", "0003_visits"),
        ("people", "0005_candidate"),
        ("workflow", "0006_figures_by_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="Measure",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                (
                    "what",
                    models.TextField(
                        help_text="industry job public_post safety_net health education housing water other"
                    ),
                ),
                ("answerable", models.TextField(help_text="who answers for it, as it stands in the file")),
                ("since", models.DateField()),
                ("words_sealed", models.BinaryField(null=True)),
                ("written_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Monitoring",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                (
                    "area_path",
                    xiangyun.base.fields.AreaPathField(help_text="the grid of the home on that day, else its village"),
                ),
                ("how", models.TextField(help_text="self_report visit data")),
                ("target", models.TextField(help_text="as what it is followed, in force on the day it was found")),
                ("told_sealed", models.BinaryField(help_text="JSON: head, found, income; later verified, decided")),
                ("publicised_from", models.DateField(null=True)),
                ("publicised_until", models.DateField(help_text="the last day on which the name hangs out", null=True)),
                ("objections_sealed", models.BinaryField(help_text="JSON: a list of at, words", null=True)),
                ("decided_at", models.DateTimeField(help_text="when the county said yes or no", null=True)),
                ("stable_since", models.DateField(null=True)),
                ("exited_at", models.DateTimeField(null=True)),
                ("ended_sealed", models.BinaryField(help_text="why it was not met, refused, or over", null=True)),
            ],
        ),
        migrations.AddField(
            model_name="measure",
            name="written_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="monitoring",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="monitoring",
            name="household",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.household"
            ),
        ),
        migrations.AddField(
            model_name="monitoring",
            name="matter",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="measure",
            name="monitoring",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.monitoring"
            ),
        ),
        migrations.AddIndex(
            model_name="monitoring",
            index=models.Index(fields=["area_path", "-id"], name="grid_monitoring_place"),
        ),
        migrations.AddConstraint(
            model_name="monitoring",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["self_report", "visit", "data"])),
                name="a monitoring began in a known way",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoring",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__in", ["unstable", "borderline", "sudden", "at_risk"])),
                name="a family is followed as something known",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoring",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("publicised_from", None), ("publicised_until", None)),
                    ("publicised_until__gt", models.F("publicised_from")),
                    _connector="OR",
                ),
                name="a name hangs out for a day at least",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoring",
            constraint=models.CheckConstraint(
                condition=models.Q(("stable_since", None), ("decided_at__isnull", False), _connector="OR"),
                name="who is stable was approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoring",
            constraint=models.CheckConstraint(
                condition=models.Q(("exited_at", None), ("stable_since__isnull", False), _connector="OR"),
                name="who leaves was stable",
            ),
        ),
        migrations.AddIndex(
            model_name="measure",
            index=models.Index(fields=["monitoring", "since"], name="grid_measure_of"),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "what__in",
                        [
                            "industry",
                            "job",
                            "public_post",
                            "safety_net",
                            "health",
                            "education",
                            "housing",
                            "water",
                            "other",
                        ],
                    )
                ),
                name="a measure is of a known kind",
            ),
        ),
        scoped("grid_monitoring"),
        scoped("grid_measure"),
    ]
