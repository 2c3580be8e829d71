"""Names, shares and words of which made-up people are made: usual ones of the Hetao plain, none of a real person."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate, cycle, islice
from typing import NamedTuple, TypeVar

_T = TypeVar("_T")

# Words (sizes, …) in the proportion in which they turn up, as many as BITS can point to: one is drawn by its place.
Wheel = tuple[str, ...]
BITS = 11

MONGOL = "02"


def _even(several: Iterable[_T]) -> tuple[_T, ...]:
    """Each as often as the others."""
    return tuple(islice(cycle(several), 1 << BITS))


def _even_words(told: str) -> Wheel:
    return _even(told.split())


def _wheel(told: str) -> Wheel:
    """`word:weight word:weight` → each word as often as its weight says."""
    pairs = [one.rpartition(":") for one in told.split()]
    running = list(accumulate(float(weight) for _, _, weight in pairs))
    places = (running[-1] * (place + 0.5) / (1 << BITS) for place in range(1 << BITS))
    return tuple(pairs[bisect(running, place)][0] for place in places)


ETHNICITIES = _wheel("01:80 02:14 03:3 11:2 31:0.5 10:0.3 45:0.2")
SURNAMES = _wheel(
    "王:9 李:9 张:9 刘:7 杨:5 赵:4 陈:4 高:3 郭:3 韩:2.5 白:2.5 贾:2 任:2 郝:2 田:2 闫:1.5 康:1.5 苗:1.5 武:1.5 温:1.5 "
    "乔:1.5 薛:1.5 樊:1.5 马:1.5 杜:1.5 吕:1.5 徐:1.5 孙:1.5 周:1.5 吴:1.5 胡:1 段:1 池:1 訾:0.3 曾:0.3 单:0.3 解:0.3 "
    "仇:0.2 区:0.1 查:0.1 翟:0.5 欧阳:0.1 尉迟:0.05"
)
MEN = _even("建国军伟强勇明亮平华文斌志刚永生二柱福贵根宝玉林海龙虎成俊杰磊涛鹏飞浩宇轩博")
WOMEN = _even("秀英兰芳玲丽娟霞梅桂花凤莲翠香红艳娜静敏燕雪婷慧佳欣怡雨萱梓涵改果仙")
MONGOLIAN_MEN = _even_words(
    "巴特尔 那仁满都拉 苏和 朝鲁 布和 阿拉坦 巴雅尔 额尔敦 宝音 达来 毕力格 孟克 "
    "吉日嘎拉 阿拉坦·乌拉 查干巴拉 格日勒图 乌力吉 斯琴毕力格 哈斯巴根 都仁 特木尔 照日格图 呼和 青格勒"
)
MONGOLIAN_WOMEN = _even_words(
    "乌云其木格 萨仁 其其格 娜仁 斯琴高娃 乌兰 托娅 图雅 阿茹娜 萨如拉 琪琪格 乌日娜 "
    "通拉嘎 娜仁托娅 红格尔 敖登 哈斯其其格 苏日娜 高娃 乌仁图雅 格根塔娜 赛罕 珠拉 阿丽玛"
)

KINDS = _wheel("resident:82 away:13 empty:5")
SAFETY = _wheel("A:55 B:38 C:6 D:1")
WATER = _wheel("tap:86 well:10 carried:3 other:1")
TOILETS = _wheel("flush:35 septic:20 dry:25 pit:18 public:2")
HEATING = _wheel("coal:45 central:12 electric:15 heat_pump:8 gas:5 biomass:15")
DISABILITIES = _wheel("44:30 43:20 42:10 11:4 12:6 21:5 24:10 32:3 52:4 62:5 72:3")
CARE = _wheel("dibao:30 chronic_illness:30 severe_illness:10 veteran:15 tekun:5 monitored:7 frail:3")
GRAVE = _wheel("mental_disorder:50 correction:30 drug_recovery:10 domestic_violence:10")
PROTECTED = frozenset(("domestic_violence", "harmed_minor"))

INSURED_ADULT = ("medical_resident", "pension_resident")
INSURED_CHILD = ("medical_resident",)
ELSEWHERE = _even(("呼和浩特", "包头", "鄂尔多斯", "临河", "北京", "银川", "乌海", "西安"))
_FLEETS: tuple[tuple[str, ...], ...] = ((), (), ("拖拉机",), ("拖拉机", "播种机"), ("三轮车",))
PLOTS = ("渠东地", "房后地", "西梁地")
CROPS = _even(("玉米", "向日葵", "小麦", "番茄", "苜蓿"))
MACHINES = _even(_FLEETS)
HOUSE_SIZES = _even(Decimal(size) for size in range(40, 161, 5))
FIELD_SIZES = _even(Decimal(hundredths) / 100 for hundredths in range(80, 1500, 35))
PASTURE_SIZES = tuple(40 * size for size in FIELD_SIZES)

_NOTHING, _PUPIL, _MASSES = _even([""]), _even(["学生"]), _even(["13"])
_SCHOOL = ((7, _NOTHING), (13, _even(["80"])), (16, _even(["70"])), (19, _even(["60"])))
_LEARNT = ((30, _wheel("20:25 30:25 60:15 40:10 70:25")), (50, _wheel("20:6 30:10 60:14 40:5 70:55 80:10")))
_LEARNT_BEFORE = _wheel("70:25 80:45 90:25 60:5")
_YOUNG = _wheel("13:78 03:20 01:2")
_GROWN = _wheel("13:92.5 01:7 02:0.5")
_WORK = _wheel("种植:55 养殖:15 务工:22 个体经营:5 村医:1 教师:2")


class Stage(NamedTuple):
    """What people of one age are: GB/T 4658 (under nineteen as school puts them), GB/T 4762, what they live by."""

    education: Wheel
    political: Wheel
    occupation: Wheel


def stage(age: int) -> Stage:
    """Of an age in whole years."""
    at_school = next((wheel for until, wheel in _SCHOOL if age < until), None)
    learnt = at_school or next((wheel for until, wheel in _LEARNT if age < until), _LEARNT_BEFORE)
    if age < 14:
        return Stage(learnt, _MASSES, _NOTHING if age < 7 else _PUPIL)
    return Stage(learnt, _YOUNG if age < 28 else _GROWN, _PUPIL if age < 18 else _WORK)
