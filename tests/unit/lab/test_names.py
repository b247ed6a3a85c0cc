"""Names and addresses of hosts."""

import pytest

from changeover.lab import names
from changeover.lab.errors import LabError


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("playmaker", "playmaker"),
        ("playmaker-2", "playmaker"),
        ("big-snuggles", "big_snuggles"),
        ("jersey-sqlite", "jersey_events"),
        ("jersey-postgresql-3", "jersey_events"),
    ],
)
def test_a_name_stands_for_its_group(name: str, group: str) -> None:
    assert names.default_groups(name) == (group,)


def test_interfaces_of_the_highest_lab_fit_the_kernel() -> None:
    machine = names.machine(names.LAST_NUMBER, names.LAST_PART)

    for name in (names.interface(machine), names.delay_interface(machine)):
        assert len(name) <= 15


def test_the_lowest_free_address_is_given() -> None:
    assert names.free_part([10, 12, names.ORIGIN_PART]) == 11


def test_a_full_lab_says_so() -> None:
    with pytest.raises(LabError, match="full"):
        names.free_part(range(256))


@pytest.mark.parametrize("text", ["", "-1", "201", "1.5", "one", "²"])
def test_other_lab_numbers_are_refused(text: str) -> None:
    with pytest.raises(LabError, match="CHANGEOVER_LAB"):
        names.lab_number(text)


@pytest.mark.parametrize("name", ["", "Web", "-a", "a--b", "a_b", "../a", "a" * 64])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="no host name"):
        names.checked_name(name)
