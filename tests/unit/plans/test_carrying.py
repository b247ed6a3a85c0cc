"""Names in an inventory and on the command line that lead to no app are refused by name."""

from dataclasses import replace

import pytest

from changeover.plans.carrying import Run, nobody, problems

RUN = Run(
    apps=("microblog", "todo"),
    deploys=("microblog", "release", "shop", "todo"),
    valued=("database", "microblog", "todo"),
    groups={"web-1": ("microblog",)},
)
GATHERS = "A group that only gathers hosts has a file group_data/{0}.py, if an empty one"


def told(*, releases: bool = True, **changes: object) -> list[str]:
    return problems(replace(RUN, **changes), releases=releases)  # type: ignore[arg-type]


def test_hosts_that_carry_apps_and_hosts_that_are_gathered_are_well() -> None:
    both = {"web-1": ("microblog", "todo"), "db-1": ("database",)}

    assert told() == []
    assert told(groups=both, given=("todo_ref", "_sudo", "ssh_port")) == []
    assert told(data={"web-1": ("todo_ref", "region", "_sudo", "host_name", "ssh_user")}) == []


@pytest.mark.parametrize("releases", [True, False])
def test_a_misspelt_group_is_refused_with_the_app_that_was_meant(releases: bool) -> None:
    hosts = {"web-1": ("microblg",), "web-2": ("microblg", "todo")}

    assert told(groups=hosts, releases=releases) == [
        "web-1, web-2: the group microblg is no app: did you mean microblog? "
        + GATHERS.format("microblg")
    ]


def test_a_group_beside_a_known_one_is_not_passed_over() -> None:
    hosts = {"web-1": ("microblog", "blue", "shop")}

    assert told(groups=hosts) == [
        "web-1: the group blue is no app: there is no deploys/blue.py. " + GATHERS.format("blue"),
        "web-1: the group shop is no app: deploys/shop.py has no group_data/shop.py beside it;"
        " make it",
    ]


def test_a_host_that_is_only_provisioned_may_be_in_any_other_group() -> None:
    assert told(groups={"db-1": ("blue",)}, releases=False) == []
    assert told(groups={"db-1": ()}, releases=False) == []


def test_a_release_of_hosts_without_an_app_is_refused_by_name() -> None:
    which = "put it into the group of one in the inventory (microblog, todo)"
    bare = {"web-1": ("todo",), "a": (), "b": ()}

    assert told(groups=bare) == [f"a, b: carry no app: {which}; or leave it out (--exclude)"]
    assert told(groups={"a": ()}) == [f"a: carries no app: {which}; or leave it out (--exclude)"]
    assert told(groups={"db-1": ("database",)}) == [f"no host of this run carries an app: {which}"]
    assert nobody(RUN) == []


def test_what_is_given_and_is_nobodys_setting_is_refused() -> None:
    given = ("foo_ref", "todo_ref", "microblog_once", "undoo", "zzz", "host_zzz", "maintenance")

    assert told(given=given, words=("undo",)) == [
        "foo_ref: unknown setting; did you mean microblog_ref?",
        "maintenance: unknown setting; see docs/reference/settings.md for all settings",
        "todo_ref: no host of this run carries todo",
        "undoo: unknown setting; did you mean undo?",
        "zzz: unknown setting; see docs/reference/settings.md for all settings",
    ]
    assert told(given=("microblg_ref",)) == [
        "microblg_ref: unknown setting; did you mean microblog_ref?"
    ]


def test_a_setting_in_an_inventory_that_is_of_no_app_is_refused() -> None:
    data = {"web-1": ("microblg_ref", "microblog_reff"), "web-2": ("shop_repository",)}

    assert told(data=data) == [
        "microblg_ref: unknown setting: it begins as no app of this project; did you mean"
        " microblog_ref?",
        "shop_repository: unknown setting: it begins as no app of this project; did you mean"
        " microblog_repository?",
    ]


def test_settings_of_a_group_that_is_refused_are_in_its_line() -> None:
    groups, data = {"web-1": ("shop",)}, {"web-1": ("shop_domain", "shop_repository", "zz_ref")}

    group, other = told(groups=groups, data=data, given=("shop_ref",))

    assert group.endswith("deploys/shop.py has no group_data/shop.py beside it; make it")
    assert other.startswith("zz_ref: unknown setting: it begins as no app")
