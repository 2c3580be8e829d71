import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import xiangyun.base.fields
from xiangyun.kernel.access import policies

SCOPED = ("matter", "workitem", "step", "dutyshift", "takelimit", "serial", "op")
INGEST = {
    "workflow_matter": "SELECT, INSERT, UPDATE (state, closed_at, outcome)",
    "workflow_workitem": "SELECT, INSERT",
    "workflow_step": "INSERT",
    "workflow_dutyshift": "SELECT",
    "workflow_takelimit": "SELECT",
    "workflow_serial": "SELECT, INSERT, UPDATE",
    "workflow_heartbeat": "SELECT, INSERT, UPDATE",
    # Who can be asked: names and posts, nothing that lets anybody in.
    "accounts_account": "SELECT (id, account, name, state, area_path)",
    "accounts_post": "SELECT (id, account_id, role, area_path, duty_phone, starts_at, ends_at)",
}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("process", models.TextField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                (
                    "town_path",
                    xiangyun.base.fields.AreaPathField(help_text="the tenant, in whose books the number is unique"),
                ),
                ("year", models.IntegerField()),
                ("number", models.TextField(help_text="what people say on the phone: 农业-1124-01")),
                ("kind", models.TextField()),
                ("state", models.TextField()),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("subject_kind", models.TextField()),
                ("subject_id", models.TextField()),
                ("source_kind", models.TextField(blank=True, help_text="what opened it: alert; empty: a person")),
                ("source_id", models.TextField(blank=True)),
                ("title_code", models.TextField()),
                ("title_params", models.JSONField(default=dict)),
                ("severity", models.SmallIntegerField(help_text="1 is the gravest, 4 the least")),
                ("lon", models.FloatField(help_text="WGS-84 degrees, where it is on the map", null=True)),
                ("lat", models.FloatField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Op",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("actor", models.TextField()),
                ("op_id", models.UUIDField()),
                ("request_hash", models.BinaryField(help_text="SHA-256 of method, path and body")),
                ("status", models.SmallIntegerField(null=True)),
                ("answer", models.JSONField(help_text="without what is shown only once", null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="workflow_op_age")],
                "constraints": [models.UniqueConstraint(fields=("actor", "op_id"), name="an op_id is used once")],
            },
        ),
        migrations.CreateModel(
            name="Serial",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("on", models.DateField()),
                ("last", models.IntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("area_path", "on"), name="a town counts once a day")],
            },
        ),
        migrations.CreateModel(
            name="TakeLimit",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("minutes", models.SmallIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("basis", models.TextField(blank=True, help_text="who decided so, where it is written")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (1, 1440))), name="a limit is 1 minute to 1 day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("kind", models.TextField()),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("state", models.TextField(default="open")),
                (
                    "asked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        help_text="accounts it was offered to, in order",
                        size=None,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                (
                    "take_by_at",
                    models.DateTimeField(help_text="the next on duty is asked then; empty: nobody is left", null=True),
                ),
                ("due_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="work", to="workflow.matter"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("at", models.DateTimeField()),
                (
                    "act",
                    models.TextField(
                        help_text="opened offered taken returned done false_alarm reassigned unanswered moved remarked"
                    ),
                ),
                ("by_name", models.TextField(help_text="as the actor was called then; the house itself is `system`")),
                ("state_from", models.TextField(blank=True)),
                ("state_to", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="workflow.matter"
                    ),
                ),
                (
                    "to_account",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "work",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="workflow.workitem",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DutyShift",
            fields=[
                ("id", xiangyun.base.fields.IdField(serialize=False)),
                ("area_path", xiangyun.base.fields.AreaPathField()),
                ("kind", models.TextField()),
                ("rank", models.SmallIntegerField(default=1, help_text="1 is asked first")),
                ("phone", models.TextField(blank=True, help_text="the public duty number, never a person's own")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["area_path", "starts_at"], name="workflow_shift_place")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["leader", "officer", "place"])),
                        name="a shift leads, dispatches or minds a place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                        name="a shift ends after it starts",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["opened_at"], name="workflow_matter_open"
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["source_kind", "source_id"], name="workflow_matter_source"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.UniqueConstraint(
                fields=("town_path", "year", "number"), name="a number names one matter of a town"
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__range", (1, 4))), name="severity is 1 to 4"
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["due_at", "id"],
                name="workflow_work_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(fields=["assignee", "state"], name="workflow_work_mine"),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["take_by_at"], name="workflow_work_untaken"
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "taken", "done"])), name="work is open, taken or done"
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("assignee__isnull", False), _connector="OR"),
                name="taken work has somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["done", "false_alarm"]), ("state", "done")),
                    models.Q(models.Q(("state", "done"), _negated=True), ("outcome", "")),
                    _connector="OR",
                ),
                name="only done work has an outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(fields=["matter", "at", "id"], name="workflow_step_history"),
        ),
        *(policies.scoped(f"workflow_{table}") for table in SCOPED),
        policies.insert_only("workflow_step"),
        # The ingest door opens matters, asks the person on duty, and closes what was over before anybody heard of it.
        *(policies.grants_ingest(table, rights) for table, rights in INGEST.items()),
    ]
