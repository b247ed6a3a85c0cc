"""Settings: every problem at once, each with its key as written, never with its value."""

from typing import Any

import pytest

from changeover.settings.load import SettingsError, load_values

GOOD: dict[str, Any] = {
    "play_repository": "https://git.example/play.git",
    "play_domain": "play.example",
}
SSH = {"play_repository": "ssh://git@git.example/play.git"}
HIDDEN = "hunter2-s3cr3t"


def problems(**data: object) -> list[str]:
    """Return the problems of the good settings with these in place of some."""
    with pytest.raises(SettingsError) as refused:
        load_values("play", GOOD | data)
    return refused.value.problems


def test_the_least_that_has_to_be_said_is_enough() -> None:
    values = load_values("play", GOOD)

    assert (values.ref, values.keep_releases, values.shared) == ("main", 5, [])


def test_nothing_said_names_everything_that_must_be() -> None:
    with pytest.raises(SettingsError) as refused:
        load_values("play", {})

    assert refused.value.problems == [
        f"play_{key}: missing; set it in group_data/play.py or in the inventory"
        for key in ("repository", "domain")
    ]


def test_every_problem_is_named_at_once_with_its_key_as_written() -> None:
    found = problems(
        play_reff="main",
        play_keep_releases=1,
        play_shared=["/absolute", "fine/"],
        play_health_timeout_seconds="30",
        play_domain="http://play.example",
    )

    assert [line.split(":")[0] for line in found] == [
        *("play_reff", "play_domain", "play_shared.0", "play_keep_releases"),
        "play_health_timeout_seconds",
    ]


def test_the_message_joins_the_problems() -> None:
    with pytest.raises(SettingsError, match=r"play_a: unknown setting.*; play_b: unknown"):
        load_values("play", GOOD | {"play_a": 1, "play_b": 2})


@pytest.mark.parametrize(
    ("key", "near"),
    [("keep_release", "keep_releases"), ("reff", "ref"), ("deploykey", "deploy_key")],
)
def test_a_misspelt_key_is_answered_with_the_right_one(key: str, near: str) -> None:
    assert problems(**{f"play_{key}": "x"}) == [
        f"play_{key}: unknown setting; did you mean play_{near}?"
    ]


def test_a_key_like_no_other_is_answered_with_the_list_of_all() -> None:
    (line,) = problems(play_zzz=1)

    assert line == "play_zzz: unknown setting; see docs/reference/settings.md for all settings"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("repository", 7, "found int"),
        ("ref", HIDDEN + " x", "expected a branch, a tag or a full commit id"),
        ("deploy_key", [HIDDEN], "found list"),
        ("keep_releases", HIDDEN, "found str"),
        ("keep_releases", 1, "greater than or equal to 2"),
        ("keep_releases", True, "found bool"),
        ("shared", HIDDEN, "found str"),
        ("shared", [f"../{HIDDEN}"], "expected a relative path"),
        ("env_update", [f"{HIDDEN}-"], "expected the name of an environment variable"),
        ("domain", f"http://{HIDDEN}/", "expected a host name"),
        ("known_hosts", {HIDDEN: HIDDEN}, "found dict"),
        ("body_limit", 10, "found int"),
        ("directory", f"/{HIDDEN}", "expected a relative path"),
        ("env_file", 1.5, "found float"),
        ("build_memory_max", f"{HIDDEN}", "expected memory in systemd's form: 512M, 2G, 75% or"),
        ("build_memory_max", "2", "expected memory in systemd's form"),
        ("build_memory_max", "101%", "expected memory in systemd's form"),
        ("zzz", HIDDEN, "unknown setting"),
    ],
)
def test_a_wrong_value_is_described_and_never_shown(key: str, value: object, says: str) -> None:
    (line,) = problems(**{f"play_{key}": value})

    assert line.startswith(f"play_{key}")
    assert says in line
    assert HIDDEN not in line


@pytest.mark.parametrize("value", [12, 1.2e10, True, None])
def test_a_ref_that_was_read_as_a_number_shows_how_to_quote_it(value: object) -> None:
    (line,) = problems(play_ref=value)

    assert f"expected a string, found {type(value).__name__}" in line
    assert "--data 'play_ref=\"12e4567\"'" in line


@pytest.mark.parametrize(
    "ref", ["v1.2", "feature/x-1", "a" * 40, "release@2", "refs/heads/main", "refs/tags/v1/a"]
)
def test_branches_tags_and_commits_are_refs(ref: str) -> None:
    assert load_values("play", GOOD | {"play_ref": ref}).ref == ref


@pytest.mark.parametrize(
    "ref", ["", "-x", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a\x1b", "a..b"]
)
def test_what_git_would_not_take_as_a_name_is_no_ref(ref: str) -> None:
    (line,) = problems(play_ref=ref)

    assert line == "play_ref: expected a branch, a tag or a full commit id"


@pytest.mark.parametrize("ref", ["refs/heads/", "refs/tags", "refs/pull/1/head", "refs/main"])
def test_a_full_name_is_that_of_a_branch_or_a_tag(ref: str) -> None:
    (line,) = problems(play_ref=ref)

    assert line == "play_ref: expected refs/heads/BRANCH or refs/tags/TAG after refs/"


@pytest.mark.parametrize("url", ["ssh://git@git.example/x.git", "git@git.example:x.git"])
def test_a_repository_over_ssh_needs_a_pinned_host_key(url: str) -> None:
    (line,) = problems(play_repository=url)

    assert "known_hosts: missing; pin the host key" in line
    assert load_values(
        "play", GOOD | {"play_repository": url, "play_known_hosts": "git.example ssh-rsa A"}
    )


@pytest.mark.parametrize("url", ["https://git.example/x@y.git", "/srv/git/x.git", "file:///x.git"])
def test_no_other_repository_needs_one(url: str) -> None:
    assert load_values("play", GOOD | {"play_repository": url}).known_hosts is None


def test_rules_across_settings_name_their_key_and_come_with_all_other_problems() -> None:
    found = problems(**SSH, play_env_file="x", play_env_command="y", play_keep_releases=1)

    assert [line.split(":")[0] for line in found] == [
        *("play_known_hosts", "play_env_command", "play_keep_releases"),
    ]


def test_two_sources_of_the_environment_are_refused() -> None:
    (line,) = problems(play_env_file="secrets/x", play_env_command="pass x")

    assert "env_file" in line
    assert "env_command" in line


def test_another_apps_settings_are_not_ours() -> None:
    others = {"playmaker_zzz": 1, "playmaker_ref": 7, "ref": "x", "xplay_ref": "x", "_sudo": True}

    assert load_values("play", GOOD | others) == load_values("play", GOOD)


def test_what_no_authority_certifies_by_http_is_refused() -> None:
    assert load_values("play", GOOD | {"play_tls": "acme"}).tls == "acme"
    assert load_values("play", GOOD).tls == "off"
    assert load_values("play", GOOD | {"play_tls": "self-signed", "play_domain": "10.0.0.1"})

    assert problems(play_tls="acme", play_domain="10.0.0.1", play_aliases=["*.play.example"]) == [
        "play_tls: 10.0.0.1: acme needs names, this is an address; name it or use self-signed",
        "play_tls: *.play.example: acme over http gives no certificate for all names below one",
    ]
    (found,) = problems(play_tls="on")
    assert found == "play_tls: Input should be 'off', 'self-signed' or 'acme'"


@pytest.mark.parametrize(
    ("repository", "says"),
    [
        ("ssh://git:hunter2@git.example/x", "holds a password, which is used for https alone"),
        ("https://ann:hunter2%0Ahost=h@git.example/x", "a login with a line break"),
        ("https://ann:hun/ter2@git.example/x", "expected https://HOST/PATH"),
        ("https:///hunter2", "expected https://HOST/PATH"),
    ],
)
def test_a_login_that_would_be_seen_is_refused_and_not_shown(repository: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_values("shop", {"shop_repository": repository, "shop_domain": "shop.example"})

    assert says in str(refused.value)
    assert "hun" not in str(refused.value)
