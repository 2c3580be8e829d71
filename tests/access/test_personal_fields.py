"""No column says anything of a person unless the registry of personal fields says what, why and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from xiangyun.kernel.people.rules import registry as rules
from xiangyun.kernel.people.rules.registry import Level
from xiangyun.kernel.vault.registry import sealed_tables

REGISTRY = rules.registry()

# A key says nothing by itself: what it leads to is named at its own table.
KEYS = (models.UUIDField, models.AutoField, models.BigAutoField)


def ours() -> list[type[models.Model]]:
    """Every model of the product, tables made for many-to-many included."""
    return [one for one in apps.get_models(include_auto_created=True) if one.__module__.startswith("xiangyun.")]


def columns(several: Iterable[type[models.Model]]) -> Iterator[tuple[str, str]]:
    for model in several:
        for field in model._meta.concrete_fields:
            if not field.is_relation and not isinstance(field, KEYS):
                yield model._meta.db_table, field.column


def test_the_walk_sees_the_tables():
    seen = set(columns(ours()))
    assert {("people_resident", "id_no_sealed"), ("accounts_account", "name"), ("audit_entry", "by_name")} <= seen
    assert ("people_resident", "identity_source_id") not in seen


def test_every_column_is_named_on_one_side():
    unnamed = REGISTRY.unnamed(columns(ours()))
    assert not unnamed, (
        "name each in xiangyun/kernel/people/data/personal_fields.toml: personal, with purpose and level, "
        f"or under not_personal: {unnamed}"
    )


def test_nothing_named_is_gone():
    assert not REGISTRY.stale(columns(ours()))


@isolate_apps("xiangyun.kernel.people")
def test_a_planted_column_is_found():
    class Planted(models.Model):
        area_path = models.TextField()
        blood_type = models.TextField()
        born_at = models.DateTimeField()

        class Meta:
            app_label = "people"
            db_table = "people_resident"

    assert REGISTRY.unnamed(columns([Planted])) == ["people_resident.blood_type", "people_resident.born_at"]


@isolate_apps("xiangyun.kernel.people")
def test_a_planted_table_is_found():
    class Visit(models.Model):
        area_path = models.TextField()
        weight_kg = models.FloatField()

        class Meta:
            app_label = "people"

    assert REGISTRY.unnamed(columns([Visit])) == ["people_visit.weight_kg"]


def test_a_line_whose_column_is_gone_is_found():
    less = [one for one in columns(ours()) if one != ("people_resident", "health_sealed")]
    assert REGISTRY.stale(less) == ["people_resident.health_sealed"]


def test_what_is_kept_sealed_is_not_shown_openly_and_what_must_be_sealed_is():
    named = {key for key in REGISTRY.fields if key[1].endswith("_sealed")}
    declared, blind = set(), set()
    for table in sealed_tables():
        db_table = apps.get_model(table.model)._meta.db_table
        declared |= {(db_table, column) for column in table.columns}
        blind |= {(db_table, column) for column in table.blind}
    assert declared, "no room declares sealed tables"
    assert named == declared
    assert {REGISTRY.fields[key].level for key in declared} <= {Level.MASKED, Level.SEALED, Level.SECRET}
    assert all(REGISTRY.fields[key].level is Level.SECRET for key in blind)


def test_digests_and_hashes_are_shown_to_nobody():
    digests = [one for key, one in REGISTRY.fields.items() if key[1].endswith(("_index", "_hash", "_keys"))]
    assert len(digests) >= 5
    assert all(one.level is Level.SECRET for one in digests)


def test_every_line_says_purpose_basis_and_how_long():
    for one in REGISTRY.fields.values():
        assert one.purpose
        assert "法" in one.basis or "GB/T" in one.basis
        assert one.kept
    assert REGISTRY.fields["people_resident", "health_sealed"].is_sensitive
    assert not REGISTRY.fields["people_resident", "name"].is_sensitive


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('x = { zh = "某", level = "open", purpose = "register", about = ["blood"] }', "blood"),
        ('x = { zh = "某", level = "hidden", purpose = "register", about = ["name"] }', "hidden"),
        ('x = { zh = "某", level = "open", purpose = "because", about = ["name"] }', "because"),
        ('x = { level = "open", purpose = "register", about = ["name"] }', "zh"),
        ('x = { zh = "某", level = "open", purpose = "register", about = [] }', "says too little"),
        ('x = { zh = "", level = "open", purpose = "register", about = ["name"] }', "says too little"),
        (
            'not_personal = ["x"]\nx = { zh = "某", level = "open", purpose = "register", about = ["name"] }',
            "both sides",
        ),
    ],
)
def test_a_line_that_does_not_hold_is_refused(line, wrong):
    with pytest.raises(ValueError, match=wrong):
        rules.read(f"[people_thing]\n{line}\n")


def test_a_purpose_has_one_home():
    with pytest.raises(ValueError, match=r"stands in purposes\.json"):
        rules.read('[purpose.register]\nzh = "某"\nbasis = "法"\nkept = "一年"\n')
