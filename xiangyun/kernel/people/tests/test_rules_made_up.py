"""Made-up people: the same again from the same seed, right by every rule of the register, and nobody's."""

import time
from collections import Counter
from datetime import date
from itertools import islice

import pytest

from xiangyun.kernel.people import made_up
from xiangyun.kernel.people.made_up import Home, Maker, Person
from xiangyun.kernel.people.rules import codes, identity, masking, names

ON = date(2026, 11, 26)


def homes(count: int = 3_000, seed: int = 1, part: int = 0) -> list[Home]:
    return list(Maker(seed, on=ON, part=part).homes(count))


@pytest.fixture(scope="module")
def told() -> list[Home]:
    return homes()


@pytest.fixture(scope="module")
def everybody(told) -> list[Person]:
    return [one for home in told for one in home.members]


def age(one: Person) -> int:
    return ON.year - one.born_on.year - ((ON.month, ON.day) < (one.born_on.month, one.born_on.day))


def test_the_same_seed_tells_the_same_story(told):
    assert homes() == told
    assert homes(seed=2) != told


def test_a_prefix_of_the_story_does_not_depend_on_its_length():
    one, other = Maker(1, on=ON), Maker(1, on=ON)
    first = [home.members for home in islice(one.homes(1_000), 10)]
    assert first == [home.members for home in other.homes(10)]


def test_every_number_passes_and_says_who_it_is(everybody):
    for one in everybody:
        found = identity.check_id_number(one.id_no, on=ON)
        assert (found.born_on, found.sex) == (one.born_on, one.sex)
        assert not one.phone or identity.check_phone(one.phone) == one.phone
        assert not one.bank_card or identity.check_bank_card(one.bank_card) == one.bank_card


def test_no_number_can_be_a_real_persons(everybody):
    assert {one.id_no[:6] for one in everybody} == {"150890", "152890"}
    assert all((one.id_no[2:4] == "28") == (one.born_on < date(2004, 1, 1)) for one in everybody)
    assert {one.phone[:3] for one in everybody if one.phone} == {"154"}
    assert {one.bank_card[:4] for one in everybody if one.bank_card} == {"9999"}


def test_nobody_shares_a_number_within_a_maker_or_between_parts():
    several = [one for part in (0, 1, 9) for home in homes(2_000, part=part) for one in home.members]
    for what in ("id_no", "phone", "bank_card"):
        numbers = [getattr(one, what) for one in several if getattr(one, what)]
        assert len(numbers) > 1_000
        assert len(set(numbers)) == len(numbers)


def test_a_full_day_passes_its_people_on_to_the_day_before(monkeypatch):
    monkeypatch.setattr(made_up, "SEQS", 2)
    crowded = [one.id_no for home in homes(2_000) for one in home.members]
    assert len(set(crowded)) == len(crowded)
    assert max(Counter(number[6:14] for number in crowded).values()) <= 4


def test_every_code_stands_in_its_list(told, everybody):
    for one in everybody:
        for list_name in ("sex", "ethnicity", "education", "marriage", "political", "hukou", "disability"):
            code = getattr(one, list_name)
            assert code == "" or codes.knows(list_name, code, ON), (list_name, code)
        assert codes.knows("kinship", one.relation, ON)
        assert all(codes.knows("insurance", code, ON) for code in one.insurance)
        assert all(codes.codes("care", ON)[kind].level == level for kind, level in one.marks)
    for home in told:
        assert codes.knows("household_kind", home.kind, ON)
        for list_name in ("safety_grade", "water", "toilet", "heating"):
            assert codes.knows(list_name, getattr(home, list_name), ON)
        assert all(codes.knows("land_kind", plot.kind, ON) and plot.size_mu > 0 for plot in home.plots)


def test_families_hold_together(told):
    for home in told:
        head, *others = home.members
        assert head.is_head
        assert not any(one.is_head for one in others)
        by_relation = {one.relation: one for one in home.members}
        children = [one for one in others if one.relation in ("20", "30")]
        assert all(age(head) - age(child) >= 19 for child in children)
        assert all(child.sex == ("1" if child.relation == "20" else "2") for child in children)
        assert "12" not in by_relation or (head.sex, by_relation["12"].sex) == ("1", "2")
        assert "52" not in by_relation or age(by_relation["52"]) - age(head) >= 18
        assert "52" not in by_relation or by_relation["52"].marriage == ("20" if "51" in by_relation else "30")
        kinds = {kind for one in home.members for kind, _ in one.marks}
        assert "alone" not in kinds or (len(home.members), age(head) >= 60) == (1, True)
        assert "empty_nest" not in kinds or [one.relation for one in home.members] == ["02", "12"]
        assert all(age(one) < 14 for one in home.members if ("left_child", 0) in one.marks)
        if head.ethnicity != "02":
            surname = head.name[:2] if head.name[:2] in masking.COMPOUND else head.name[0]
            assert all(child.name.startswith(surname) for child in children)


def test_a_village_looks_like_one(told, everybody):
    assert 2.9 <= len(everybody) / len(told) <= 3.1
    assert {home.group for home in told} == set(range(1, 7))
    assert [home.number for home in told[:2]] == ["00001", "00002"]
    elderly = sum(age(one) >= 60 for one in everybody) / len(everybody)
    assert 0.2 <= elderly <= 0.45
    assert any(age(one) == 0 for one in everybody)
    assert {one.ethnicity for one in everybody} >= {"01", "02", "03"}
    assert any(one.is_protected for one in everybody)
    assert any(level == 2 for one in everybody for _, level in one.marks)
    assert all(one.born_on <= one.away_since < ON for one in everybody if one.away_since)
    assert all(names.search_keys(one.name) for one in everybody)
    assert not any(masking.has_mask(one.name) for one in everybody)


def test_a_part_is_one_of_ten():
    with pytest.raises(ValueError, match="a part is 0 to 9"):
        Maker(1, on=ON, part=10)


def test_fifty_thousand_residents_a_second():
    def rate() -> float:
        maker = Maker(1, on=ON)
        start = time.process_time()
        people = sum(len(home.members) for home in maker.homes(6_000))
        return people / (time.process_time() - start)

    assert max(rate() for _ in range(5)) >= 50_000
