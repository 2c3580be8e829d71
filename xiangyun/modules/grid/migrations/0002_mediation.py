import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access.policies import scoped


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_security_keys"),
        ("grid", "0001_initial"),
        ("people", "0005_candidate"),
        ("workflow", "0004_growth"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mediation",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField(help_text="the village whose committee mediates")),
                ("origin", models.TextField(help_text="own request referral")),
                ("facts_sealed", models.BinaryField(help_text="JSON: facts, issues")),
                ("mediator_name", models.TextField(blank=True, default="", help_text="as it stands in the file")),
                (
                    "form",
                    models.TextField(blank=True, default="", help_text="written or oral; empty without an agreement"),
                ),
                (
                    "agreement_sealed",
                    models.BinaryField(help_text="JSON: liability, content, method, due_on", null=True),
                ),
                ("agreed_on", models.DateField(null=True)),
                ("amount_fen", models.BigIntegerField(help_text="what is to be paid under the agreement", null=True)),
                (
                    "prevented",
                    models.TextField(
                        blank=True, default="", help_text="crime or group_petition, where it kept one off"
                    ),
                ),
                ("ended_sealed", models.BinaryField(help_text="why it ended without an agreement", null=True)),
                (
                    "remedies_told_at",
                    models.DateTimeField(help_text="when the parties were told what else they can do", null=True),
                ),
                (
                    "before",
                    models.ForeignKey(
                        help_text="the old case it broke out of",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grid.mediation",
                    ),
                ),
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="workflow.matter"
                    ),
                ),
                (
                    "mediator",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.report"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("due_on", models.DateField()),
                ("asked_at", models.DateTimeField(help_text="when the house sent somebody", null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("found", models.TextField(blank=True, default="", help_text="kept partly broken")),
                ("words_sealed", models.BinaryField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.mediation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("side", models.TextField(help_text="applicant respondent third")),
                ("told_sealed", models.BinaryField(help_text="JSON: name, phone")),
                ("refused_at", models.DateTimeField(help_text="when they clearly refused to be mediated", null=True)),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.mediation"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.resident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sitting",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("held_at", models.DateTimeField()),
                ("place", models.TextField(blank=True, default="")),
                (
                    "came",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, help_text="the parties who came", size=None
                    ),
                ),
                ("notes_sealed", models.BinaryField()),
                ("written_at", models.DateTimeField()),
                (
                    "mediation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grid.mediation"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="mediation",
            index=models.Index(fields=["area_path", "-id"], name="grid_mediation_place"),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "origin__in",
                        [
                            "own",
                            "request",
                            "referral",
                        ],
                    )
                ),
                name="a mediation began in a known way",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_on", None), ("agreement_sealed", None), ("amount_fen", None), ("form", "")),
                    models.Q(
                        ("agreed_on__isnull", False),
                        ("agreement_sealed__isnull", False),
                        (
                            "form__in",
                            [
                                "written",
                                "oral",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="an agreement has a form, a content and a day",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen", None), ("amount_fen__gte", 0), _connector="OR"),
                name="nobody pays less than 0",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "prevented__in",
                        [
                            "",
                            "crime",
                            "group_petition",
                        ],
                    )
                ),
                name="what was prevented is known",
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("asked_at", None), ("done_at", None)), fields=["due_on"], name="grid_followup_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.UniqueConstraint(
                fields=("mediation", "due_on"), name="an agreement is followed up once on a day"
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("found", "")),
                    models.Q(
                        ("done_at__isnull", False),
                        (
                            "found__in",
                            [
                                "kept",
                                "partly",
                                "broken",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="a follow-up that was made found something",
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "side__in",
                        [
                            "applicant",
                            "respondent",
                            "third",
                        ],
                    )
                ),
                name="a party stands on a known side",
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.UniqueConstraint(fields=("mediation", "resident"), name="somebody is a party once"),
        ),
        migrations.AddIndex(
            model_name="sitting",
            index=models.Index(fields=["mediation", "held_at"], name="grid_sitting_of"),
        ),
        scoped("grid_mediation"),
        scoped("grid_party"),
        scoped("grid_sitting"),
        scoped("grid_followup"),
    ]
