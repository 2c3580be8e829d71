"""Fault 14: somebody with the keys of the database edits, deletes, reorders or cuts off the audit of a running box.
`xiangyun audit verify` names the first bad row and leaves with 1.

The control is a verifier that does not compare hashes.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.live_box import COMMAND, ROOT, LiveBox, running, until
from xiangyun.entry.settings.config import Config

pytestmark = [pytest.mark.box, pytest.mark.slow]

TOWN = "15.08.02.100"
CONTROLS = str(Path(__file__).parent / "controls")


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    """A quiet town in which some things were done."""
    with running(demo=True, env={"PYTHONPATH": CONTROLS, "XY_CONTROL": "no_pretend_devices"}) as made:
        admin = made.as_demo("town_admin")
        for n in range(8):
            key = admin.post(
                "/api/keys", json={"name": f"第 {n} 把", "abilities": ["telemetry.see_reading"], "area": TOWN}
            )
            key.raise_for_status()
            admin.post(f"/api/keys/{key.json()['id']}/revoke", json={}).raise_for_status()
        until(lambda: verified(made).returncode == 0 and sealed(made) >= 12, 30, 0.5)
        yield made


def insider(box: LiveBox) -> psycopg.Connection[Any]:
    """The owner of every table, on the box's own socket."""
    config = Config.load({"XIANGYUN_HOME": str(box.home)})
    return psycopg.connect(**config.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]


@contextmanager
def guards_away(box: LiveBox) -> Iterator[psycopg.Connection[Any]]:
    with insider(box) as link:
        for table in ("audit_entry", "audit_link"):
            link.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield link
        for table in ("audit_entry", "audit_link"):
            link.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def verified(box: LiveBox, control: str = "") -> subprocess.CompletedProcess[str]:
    env = {**box.env, "XY_CONTROL": control, "PYTHONPATH": CONTROLS}
    return subprocess.run(
        [COMMAND, "audit", "verify"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def sealed(box: LiveBox) -> int:
    with insider(box) as link:
        row = link.execute("SELECT count(*) FROM audit_link WHERE area_path = %s", [TOWN]).fetchone()
        return int(row[0]) if row else 0


def chain(box: LiveBox) -> list[tuple[int, int]]:
    """(seq, entry) of the town's chain."""
    with insider(box) as link:
        return link.execute("SELECT seq, entry_id FROM audit_link WHERE area_path = %s ORDER BY 1", [TOWN]).fetchall()


def names(told: subprocess.CompletedProcess[str], seq: int, entry: int | None) -> bool:
    """Whether the verifier named this row, and left with 1."""
    said = f"第 {seq} 环" in told.stdout and (entry is None or str(entry) in told.stdout)
    return told.returncode == 1 and said


def test_an_application_role_cannot_even_try(box: LiveBox) -> None:
    config = Config.load({"XIANGYUN_HOME": str(box.home)})
    for role in ("xy_app", "xy_ingest"):
        with psycopg.connect(**config.dsn(role), autocommit=True) as link:  # type: ignore[arg-type]
            link.execute("SELECT set_config('xy.scope', %s, false)", [TOWN])
            for act in (
                "UPDATE audit_entry SET by_name = 'x'",
                "DELETE FROM audit_entry",
                "DELETE FROM audit_link",
                "TRUNCATE audit_entry",
                "ALTER TABLE audit_entry DISABLE TRIGGER USER",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    link.execute(act)
    with insider(box) as link, pytest.raises(psycopg.Error):
        link.execute("UPDATE audit_entry SET by_name = 'x'")


EDITS = {"by_name": "'别人'", "at": "at - interval '1 hour'", "detail": """'{"forged": 1}'::jsonb"""}


def test_an_edited_row_is_named(box: LiveBox) -> None:
    seq, entry = chain(box)[5]
    for column, value in EDITS.items():
        with guards_away(box) as link:
            (honest,) = link.execute(f"SELECT {column} FROM audit_entry WHERE id = %s", [entry]).fetchone()  # type: ignore[misc]
            link.execute(f"UPDATE audit_entry SET {column} = {value} WHERE id = %s", [entry])
            told = verified(box)
            careless = verified(box, "hashes_unread") if column == "by_name" else None
            put = json.dumps(honest) if column == "detail" else honest
            link.execute(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", [put, entry])
        assert names(told, seq, entry), (column, told.stdout)
        assert careless is None or careless.returncode == 0, "the control was not seen"
    assert verified(box).returncode == 0


def test_a_deleted_row_is_named(box: LiveBox) -> None:
    seq, entry = chain(box)[4]
    with guards_away(box) as link:
        link.execute("CREATE TABLE kept AS SELECT * FROM audit_entry WHERE id = %s", [entry])
        link.execute("DELETE FROM audit_entry WHERE id = %s", [entry])
        told = verified(box)
        link.execute("INSERT INTO audit_entry SELECT * FROM kept")
        link.execute("DROP TABLE kept")
    assert names(told, seq, entry), told.stdout


def test_reordered_rows_are_named(box: LiveBox) -> None:
    (first, entry), (second, other) = chain(box)[3], chain(box)[6]
    with guards_away(box) as link:
        for one, put in ((first, -1), (second, entry), (first, other)):
            link.execute("UPDATE audit_link SET entry_id = %s WHERE area_path = %s AND seq = %s", [put, TOWN, one])
        told = verified(box)
        for one, put in ((first, -1), (second, other), (first, entry)):
            link.execute("UPDATE audit_link SET entry_id = %s WHERE area_path = %s AND seq = %s", [put, TOWN, one])
    assert names(told, first, other), told.stdout


def test_a_link_taken_out_is_named(box: LiveBox) -> None:
    seq, _ = chain(box)[2]
    with guards_away(box) as link:
        link.execute("CREATE TABLE kept AS SELECT * FROM audit_link WHERE area_path = %s AND seq = %s", [TOWN, seq])
        link.execute("DELETE FROM audit_link WHERE area_path = %s AND seq = %s", [TOWN, seq])
        told = verified(box)
        link.execute("INSERT INTO audit_link SELECT * FROM kept")
        link.execute("DROP TABLE kept")
    assert names(told, seq, None), told.stdout
    assert verified(box).returncode == 0, "everything was put back"


def test_a_chain_cut_short_is_named_and_stays_so_when_it_grows_again(box: LiveBox) -> None:
    whole = chain(box)
    seq, entry = whole[-3]
    with guards_away(box) as link:
        link.execute("DELETE FROM audit_link WHERE area_path = %s AND seq >= %s", [TOWN, seq])
        link.execute("DELETE FROM audit_entry WHERE town = %s AND id >= %s", [TOWN, entry])
    told = verified(box)
    assert names(told, seq, None), told.stdout
    admin = box.as_demo("town_admin")
    for n in range(6):
        key = {"name": f"后来的 {n}", "abilities": ["telemetry.see_reading"], "area": TOWN}
        admin.post("/api/keys", json=key).raise_for_status()
    until(lambda: len(chain(box)) > len(whole), 20, 0.5)
    later = verified(box)
    assert names(later, whole[-1][0], None), later.stdout


def test_an_emptied_audit_is_named(box: LiveBox) -> None:
    with guards_away(box) as link:
        link.execute("TRUNCATE audit_link, audit_entry, audit_unsealed CASCADE")
    told = verified(box)
    assert names(told, 1, None), told.stdout
