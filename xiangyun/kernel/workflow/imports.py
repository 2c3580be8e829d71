"""The tables of this room that come in: where matters go, and which days are worked."""

from __future__ import annotations

from datetime import date
from typing import Any

from xiangyun.base import cells, words
from xiangyun.base.sheets import Cell, Column, ImportKind, Unfit
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.workflow import registry, rules
from xiangyun.kernel.workflow.actions import tables
from xiangyun.kernel.workflow.rules import Level

WORKED = {"上班": True, "补班": True, "调休上班": True, "工作日": True, "是": True}
OFF = {"放假": False, "休息": False, "休": False, "节假日": False, "放假休息": False, "否": False}


def _one_of(known: dict[str, str], code: str) -> Any:
    """A parser of words that each mean a code."""

    def parse(cell: Cell, on: date) -> str:
        found = known.get(cells.text(cell, on))
        if found is None:
            raise Unfit(code)
        return found

    return parse


def _kind(cell: Cell, on: date) -> str:
    """A kind of matter by what it is called, or by its code."""
    written = cells.text(cell, on)
    for kind in registry.matter_kinds():
        if kind.levels and written in (kind.code, words.say(kind.code, words.DEFAULT)):
            return kind.code
    raise Unfit("workflow.no_such_stage")


def _role(cell: Cell, on: date) -> str:
    written = cells.text(cell, on)
    for role in access.STAFF:
        if written in (role, words.say(f"access.role.{role}", words.DEFAULT)):
            return role
    raise Unfit("workflow.no_such_role")


def _column(code: str, parse: Any, *synonyms: str, **also: Any) -> Column:
    return Column(code, f"workflow.field.{code}", synonyms, parse, **also)


LEVELS = {"网格": Level.GRID, "村": Level.VILLAGE, "嘎查": Level.VILLAGE, "镇": Level.TOWN, "乡": Level.TOWN}
LEVELS |= {"苏木": Level.TOWN, "旗县区": Level.BANNER, "旗": Level.BANNER, "县": Level.BANNER, "区": Level.BANNER}

IMPORTS = (
    ImportKind(
        code="workflow.routes",
        title_key="workflow.table.routes",
        columns=(
            _column("kind", _kind, "事项", "事项类别", "类型", is_required=True, fills_down=True),
            _column("category", cells.text, "类别", "分类", "小类"),
            _column(
                "level",
                _one_of({**LEVELS, **{level.value: level for level in Level}}, "workflow.no_such_stage"),
                "级别",
                "办理层级",
                "哪一级",
                is_required=True,
            ),
            _column("role", _role, "承办岗位", "角色", "办理岗位"),
            _column("account", cells.text, "承办人账号", "用户名", "登录名"),
            _column("office", cells.text, "承办单位", "责任单位", "部门", "站所"),
            _column("order", cells.whole(least=1, most=99), "次序", "优先级"),
            _column("valid_from", cells.day, "起始日期", "生效日期", "开始日期"),
        ),
        ability=rules.SET_ROUTES,
        apply=tables.take_routes,
        undo=tables.undo_routes,
        unique=(("kind", "category", "level", "order"),),
    ),
    ImportKind(
        code="workflow.calendar",
        title_key="workflow.table.calendar",
        columns=(
            _column("on", cells.day, "日期", "时间", "放假日期", is_required=True),
            _column("is_working", cells.one_of({**WORKED, **OFF}), "是否上班", "安排", "类型", is_required=True),
            _column("basis", cells.text, "文件", "文号", "通知"),
        ),
        ability=rules.SET_ROUTES,
        apply=tables.take_days,
        undo=tables.undo_days,
        unique=(("on",),),
    ),
)
