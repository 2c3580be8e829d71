"""The tables of the register that can come in: their columns, and what clerks write above and in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from xiangyun.base import cells
from xiangyun.base.sheets import Cell, Column, ImportKind
from xiangyun.kernel.people.actions.imports import homes, land, people, undo
from xiangyun.kernel.people.rules import abilities, codes, identity

SEVERAL = re.compile(r"[、，,;；/]")
YES_NO = {"是": True, "有": True, "1": True, "否": False, "无": False, "没有": False, "0": False}


def _coded(code_list: str) -> Callable[[Cell, date], str]:
    return lambda cell, on: codes.parse(code_list, str(cell), on)


def _codes(code_list: str) -> Callable[[Cell, date], list[str]]:
    """Several words in one cell."""

    def parse(cell: Cell, on: date) -> list[str]:
        return sorted({codes.parse(code_list, word, on) for word in SEVERAL.split(str(cell)) if word.strip()})

    return parse


def _words(cell: Cell, on: date) -> list[str]:
    return [word for word in SEVERAL.split(cells.text(cell, on)) if word.strip()]


def _id_no(cell: Cell, on: date) -> str:
    # Whether it is a citizen's number, the kind of paper decides; a whole one it has to be.
    cells.must_be_whole(cell)
    return cells.text(cell, on)


def _phone(cell: Cell, _on: date) -> str:
    return identity.check_phone(str(cell))


def _card(cell: Cell, _on: date) -> str:
    cells.must_be_whole(cell)
    return identity.check_bank_card(str(cell))


def _number(cell: Cell, on: date) -> str:
    """A home's number: a spreadsheet that took the zeros in front away is not corrected, it is another number."""
    return cells.text(cell, on).removesuffix("号").removesuffix("户").strip()


def _degrees(most: int) -> Callable[[Cell, date], float]:
    parse = cells.number(least=-most, most=most)
    return lambda cell, on: float(parse(cell, on))


def _column(code: str, parse: Callable[[Cell, date], Any], *synonyms: str, **also: Any) -> Column:
    return Column(code, f"people.field.{code}", synonyms, parse, **also)


VILLAGE = _column("village", cells.text, "村", "嘎查", "行政村", "嘎查村", "所在村", "村名", fills_down=True)
HOUSEHOLD = _column(
    "household", _number, "户编号", "户号码", "家庭编号", "户序号", "户码", is_required=True, fills_down=True
)
GROUP = _column("group", cells.text, "组", "村民小组", "小组", "社", "组别")
ADDRESS = _column("address", cells.text, "地址", "家庭住址", "详细地址", "门牌号", "现住址", "居住地址")
KIND = Column("kind", "people.field.home_kind", ("户类型", "户类别", "居住情况", "户状态"), _coded("household_kind"))

RESIDENTS = ImportKind(
    code="people.residents",
    title_key="people.table.residents",
    columns=(
        VILLAGE,
        HOUSEHOLD,
        _column("name", cells.text, "姓 名", "人员姓名", "家庭成员", "成员姓名", "居民姓名", is_required=True),
        _column(
            "relation",
            _coded("kinship"),
            "与户主关系",
            "户主关系",
            "与户主的关系",
            "关系",
            "家庭关系",
            if_missing="people.table.no_relation",
        ),
        _column("document", _coded("document"), "证件类型", "证件种类"),
        _column("id_no", _id_no, "身份证", "身份证号码", "公民身份号码", "证件号码", "证件号", "身份证件号码"),
        _column("sex", _coded("sex"), "男女"),
        _column("born_on", cells.day, "出生年月日", "出生年月", "生日", "出生日期"),
        _column("ethnicity", _coded("ethnicity"), "族别"),
        _column("education", _coded("education"), "学历", "文化", "受教育程度"),
        _column("marriage", _coded("marriage"), "婚姻", "婚否"),
        _column("political", _coded("political"), "政治身份", "党派"),
        _column("occupation", cells.text, "从事职业", "工作", "从业情况"),
        _column("hukou", _coded("hukou"), "户籍所在", "户籍", "户口所在地"),
        _column("phone", _phone, "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式"),
        _column("bank_card", _card, "银行卡号", "银行账号", "一卡通", "惠农卡号", "惠农一卡通账号"),
        _column("insurance", _codes("insurance"), "参保情况", "保险", "参保类型"),
        _column("away_since", cells.day, "外出时间", "外出日期"),
        _column("away_to", cells.text, "外出地点", "外出地", "务工地点", "务工地"),
        _column("from_on", cells.day, "入户日期", "迁入日期", "落户日期"),
        KIND,
        GROUP,
        ADDRESS,
    ),
    ability=abilities.EDIT_PERSON,
    apply=people.apply,
    undo=undo.undo,
    unique=(("id_no",),),
)
HOUSEHOLDS = ImportKind(
    code="people.households",
    title_key="people.table.households",
    columns=(
        VILLAGE,
        HOUSEHOLD,
        GROUP,
        _column("grid", cells.text, "网格", "所属网格", "网格名称"),
        KIND,
        ADDRESS,
        _column("lon", _degrees(180), "东经"),
        _column("lat", _degrees(90), "北纬"),
        _column(
            "house_size_m2", cells.number(units=("平方米", "平米", "㎡", "m2"), most=100_000), "住房面积", "建筑面积"
        ),
        _column("safety_grade", _coded("safety_grade"), "房屋等级", "鉴定等级", "危房等级"),
        _column("water", _coded("water"), "饮水情况", "饮用水", "用水"),
        _column("toilet", _coded("toilet"), "厕所类型", "卫生厕所"),
        _column("heating", _coded("heating"), "取暖方式", "采暖", "供暖方式"),
        _column("has_broadband", cells.one_of(YES_NO), "是否通宽带", "网络", "通网"),
        _column("machines", _words, "农机具", "农业机械", "农机"),
    ),
    ability=abilities.EDIT_HOME,
    apply=homes.apply,
    undo=undo.undo,
    unique=(("village", "household"),),
)
PLOTS = ImportKind(
    code="people.plots",
    title_key="people.table.plots",
    columns=(
        VILLAGE,
        HOUSEHOLD,
        Column("code", "people.field.plot_code", ("地块编码", "地块代码", "编码"), _id_no),
        Column("name", "people.field.plot_name", ("地块名称", "地名", "地块", "小地名"), cells.text),
        Column("kind", "people.field.plot_kind", ("地类", "土地类型", "土地性质"), _coded("land_kind")),
        _column(
            "size_mu",
            cells.number(units=("亩",), most=1_000_000),
            "面积",
            "承包面积",
            "合同面积",
            "实测面积",
            "亩数",
            "承包地面积",
            is_required=True,
        ),
        _column("is_irrigated", cells.one_of(YES_NO), "是否灌溉", "能否灌溉", "水浇地"),
        _column("crop", cells.text, "种植作物", "作物", "种植品种"),
        _column("contract_from", cells.day, "承包起始日期", "承包开始日期", "合同起"),
        _column("contract_until", cells.day, "承包结束日期", "承包到期日期", "合同止"),
        _column("transferred_to", cells.text, "流转给", "受让方", "流转对象", "流入方"),
        _column("transfer_until", cells.day, "流转到期日期", "流转止"),
    ),
    ability=abilities.EDIT_HOME,
    apply=land.apply,
    undo=undo.undo,
)
IMPORTS = (RESIDENTS, HOUSEHOLDS, PLOTS)
