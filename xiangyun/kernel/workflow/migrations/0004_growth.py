from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access import policies

SCOPED = (
    "clock",
    "deadlinerule",
    "evidence",
    "extension",
    "involvement",
    "route",
    "standin",
    "stop",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_security_keys"),
        ("files", "0001_initial"),
        ("workflow", "0003_sealed_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("on", models.DateField()),
                ("is_working", models.BooleanField()),
                ("basis", models.TextField(help_text="the notice it was taken from")),
                ("import_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("stage", models.TextField()),
                ("amount", models.SmallIntegerField()),
                ("unit", models.TextField()),
                ("extension", models.SmallIntegerField(default=0, help_text="the most an approver may add")),
                ("extended", models.SmallIntegerField(default=0, help_text="what an approver added")),
                ("warn_pct", models.SmallIntegerField(default=80)),
                ("basis", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("last_day", models.DateField(help_text="the day at whose end it is due; empty: hours", null=True)),
                ("warn_at", models.DateTimeField()),
                (
                    "stood_still",
                    models.DurationField(default=timedelta, help_text="in all, stops that have ended"),
                ),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "unsure_year",
                    models.SmallIntegerField(help_text="a year whose holidays were not known: a guess", null=True),
                ),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DeadlineRule",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("kind", models.TextField()),
                ("stage", models.TextField(help_text="a level (grid village town banner), or a stage the kind names")),
                ("amount", models.SmallIntegerField()),
                ("unit", models.TextField()),
                (
                    "extension",
                    models.SmallIntegerField(default=0, help_text="the most an approver may add, in the same unit"),
                ),
                ("starts", models.TextField(default="entered")),
                ("warn_pct", models.SmallIntegerField(default=80, help_text="so much of the time used: it runs short")),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(help_text="first day on which it no longer holds", null=True)),
                ("basis", models.TextField(help_text="who decided so, where it is written")),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("words", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("amount", models.SmallIntegerField(help_text="in the clock's unit")),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("is_granted", models.BooleanField(null=True)),
                ("answer", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Involvement",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("how", models.TextField(help_text="reporter owner helper watcher")),
                ("since_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("kind", models.TextField()),
                ("category", models.TextField(blank=True, default="")),
                ("level", models.TextField()),
                ("role", models.TextField(blank=True, default="")),
                ("office", models.TextField(blank=True, default="")),
                ("order", models.SmallIntegerField(default=1, help_text="1 is tried first")),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(help_text="first day on which it no longer holds", null=True)),
                ("import_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StandIn",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                (
                    "area_path",
                    xiangyun.base.fields.AreaPathField(
                        help_text="the smallest place that holds the posts of whom it is for"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("stopped_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
                ("reason", models.TextField()),
                ("waits_for", models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="workitem",
            name="work is open, taken or done",
        ),
        migrations.RemoveConstraint(
            model_name="workitem",
            name="taken work has somebody",
        ),
        migrations.RemoveIndex(
            model_name="workitem",
            name="workflow_work_waiting",
        ),
        migrations.RemoveIndex(
            model_name="workitem",
            name="workflow_work_mine",
        ),
        migrations.AddField(
            model_name="matter",
            name="category",
            field=models.TextField(blank=True, default="", help_text="a code of the kind's own list; routing reads it"),
        ),
        migrations.AddField(
            model_name="matter",
            name="check_at",
            field=models.DateTimeField(help_text="when the round of the clocks must look again; empty: not", null=True),
        ),
        migrations.AddField(
            model_name="matter",
            name="is_sealed",
            field=models.BooleanField(default=False, help_text="for those involved and `workflow.see_sealed` alone"),
        ),
        migrations.AddField(
            model_name="matter",
            name="lamp",
            field=models.TextField(
                blank=True, default="", help_text="the lamp the house last acted on: ok warn late stopped"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="level",
            field=models.TextField(blank=True, default="", help_text="who has it in hand: grid, village, town, banner"),
        ),
        migrations.AddField(
            model_name="matter",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="reopened",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="matter",
            name="reporter",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="sent_back",
            field=models.SmallIntegerField(default=0, help_text="how often it was given back to who assigned it: once"),
        ),
        migrations.AddField(
            model_name="matter",
            name="split_from",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="stopped_at",
            field=models.DateTimeField(help_text="since when its clock stands still", null=True),
        ),
        migrations.AddField(
            model_name="workitem",
            name="assigned_by",
            field=models.ForeignKey(
                help_text="whom it is sent back to",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.AddField(
            model_name="workitem",
            name="in_place_of",
            field=models.ForeignKey(
                help_text="whose deputy was asked",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.AddField(
            model_name="workitem",
            name="is_main",
            field=models.BooleanField(
                default=False,
                help_text="who takes it owns a matter that people carry through the house; others help (协办)",
            ),
        ),
        migrations.AddField(
            model_name="workitem",
            name="role",
            field=models.TextField(
                blank=True, default="", help_text="offered to all who hold this role at `role_area`"
            ),
        ),
        migrations.AddField(
            model_name="workitem",
            name="role_area",
            field=xiangyun.base.fields.AreaPathField(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="step",
            name="act",
            field=models.TextField(
                help_text="opened offered taken returned done false_alarm reassigned unanswered moved remarked, or an act"
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state__in", ("done", "dropped")), _negated=True),
                fields=["due_at", "id"],
                name="workflow_work_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(fields=["assignee", "state", "due_at", "id"], name="workflow_work_mine"),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state", "done")), fields=["assignee", "-done_at", "-id"], name="workflow_work_past"
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state", "open"), models.Q(("role", ""), _negated=True)),
                fields=["role_area", "role", "due_at", "id"],
                name="workflow_work_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "taken", "done", "dropped"])),
                name="work is open, taken, done or dropped",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "dropped")), ("assignee__isnull", False), _connector="OR"),
                name="taken work has somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", ""), ("role_area", "")),
                    models.Q(models.Q(("role", ""), _negated=True), models.Q(("role_area", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a role is held somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_main", True), ("state__in", ("open", "taken"))),
                fields=("matter",),
                name="one person at a time owns a matter",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarday",
            constraint=models.UniqueConstraint(
                fields=("area_path", "on"), name="a place says once whether a day is worked"
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="clock",
            field=models.OneToOneField(
                help_text="that runs, or ran last",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="workflow.clock",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["area_path", "due_at"], name="workflow_matter_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)), fields=["closed_at"], name="workflow_matter_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("check_at__isnull", False)), fields=["check_at", "id"], name="workflow_matter_check"
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="workflow_matter_kept"
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("split_from__isnull", False)), fields=["split_from"], name="workflow_matter_split"
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None), ("closed_at__isnull", False), _connector="OR"),
                name="a merged matter is closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at", None), ("check_at", None), _connector="OR"),
                name="no clock looks at a closed matter",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.UniqueConstraint(
                fields=("area_path", "kind", "stage", "valid_from"), name="a limit changes once on a day"
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 1)), name="a limit lasts"),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(condition=models.Q(("extension__gte", 0)), name="an extension adds"),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("warn_pct__range", (1, 100))), name="a warning comes within the time"
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__in", ["hours", "days", "working_days", "months"])),
                name="a limit counts hours, days, working days or months",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts__in", ["entered", "assigned", "signed"])),
                name="a clock starts with a known event",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinerule",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"),
                name="a limit ends after it begins",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.attachment"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="step",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="workflow.step"
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="clock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="workflow.clock"
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="involvement",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="involvement",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="involved", to="workflow.matter"
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="standin",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="standin",
            name="deputy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="stop",
            name="clock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="stops", to="workflow.clock"
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("unsure_year__isnull", False)),
                fields=["unsure_year"],
                name="workflow_clock_unsure",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("matter",), name="a matter has one clock at a time"
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__in", ["hours", "days", "working_days", "months"])),
                name="a clock counts hours, days or months",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("started_at"))), name="a clock ends after it begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)),
                fields=("clock",),
                name="more time is asked for once at a time",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_granted", True)), fields=("clock",), name="a clock is extended once"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("is_granted", None)),
                    models.Q(("decided_at__isnull", False), ("is_granted__isnull", False)),
                    _connector="OR",
                ),
                name="who decides says yes or no",
            ),
        ),
        migrations.AddIndex(
            model_name="involvement",
            index=models.Index(fields=["account", "how", "matter"], name="workflow_involvement_mine"),
        ),
        migrations.AddConstraint(
            model_name="involvement",
            constraint=models.UniqueConstraint(
                fields=("matter", "account", "how"), name="somebody is involved once in one way"
            ),
        ),
        migrations.AddConstraint(
            model_name="involvement",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["reporter", "owner", "helper", "watcher"])),
                name="somebody reports, owns, helps or watches",
            ),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.UniqueConstraint(
                fields=("area_path", "kind", "category", "level", "order", "valid_from"), name="a route is written once"
            ),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", False), ("role", "")),
                    models.Q(models.Q(("role", ""), _negated=True), ("account", None)),
                    _connector="OR",
                ),
                name="a route leads to a role or to a person",
            ),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="a route ends after it begins",
            ),
        ),
        migrations.AddIndex(
            model_name="standin",
            index=models.Index(fields=["account", "ends_at"], name="workflow_stand_in_of"),
        ),
        migrations.AddConstraint(
            model_name="standin",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gte", models.F("starts_at"))), name="a stand-in ends after it starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="standin",
            constraint=models.CheckConstraint(
                condition=models.Q(("account", models.F("deputy")), _negated=True),
                name="nobody stands in for themselves",
            ),
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resumed_at", None)), fields=("clock",), name="a clock stands still once at a time"
            ),
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.CheckConstraint(
                condition=models.Q(("resumed_at", None), ("resumed_at__gte", models.F("stopped_at")), _connector="OR"),
                name="a stop ends after it begins",
            ),
        ),
        *(policies.scoped(f"workflow_{table}") for table in SCOPED),
        policies.scoped("workflow_calendarday"),
        # Which days are worked is a public fact, and a county's word holds in its towns.
        migrations.RunSQL(
            "CREATE POLICY public_facts ON workflow_calendarday FOR SELECT USING (true)",
            "DROP POLICY public_facts ON workflow_calendarday",
        ),
        # Whoever is on duty may have a deputy today.
        policies.grants_ingest("workflow_standin", "SELECT"),
    ]
