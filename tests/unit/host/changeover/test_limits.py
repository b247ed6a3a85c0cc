"""Each undo has a limit of its own; a person waits as long as it takes."""

from tests.unit.host.changeover.machine import Host


def test_an_undo_is_killed_after_the_time_of_its_entry_and_a_person_has_no_limit(
    host: Host,
) -> None:
    done = host.world / "done"
    peer = host.open()
    slow = f"sleep 2; echo x >> {done}"
    peer.step("migrate.forward", "true", undo=slow, undo_limit=1)

    assert peer.let_go() == "stuck"
    assert "killed after 1 s" in (host.state / "stuck").read_text()
    assert not done.exists()

    assert host.undo("--again") == (0, "undone: r1 serves as before\n")
    assert done.read_text() == "x\n"


def test_an_undo_that_floods_ends_by_its_limit_too(host: Host) -> None:
    peer = host.open()
    peer.step("build.loud", "true", undo="exec yes", undo_limit=1)

    assert peer.let_go() == "stuck"
    told = (host.state / "stuck").read_text()
    assert "killed after 1 s" in told
    assert len(told) < 100_000


def test_an_undo_may_take_longer_than_others(host: Host) -> None:
    done = host.world / "done"
    peer = host.open()
    peer.step("fetch.release", "true", undo=f"echo fetched >> {done}")
    peer.step("migrate.forward", "true", undo=f"sleep 1; echo data >> {done}", undo_limit=30)

    assert peer.let_go() == "undone"
    assert done.read_text() == "data\nfetched\n"


def test_the_words_of_a_step_that_took_too_long_name_what_to_raise(host: Host) -> None:
    peer = host.open()

    code, said = peer.step("migrate.forward", "sleep 30", limit=1, over=": raise shop_x_seconds")

    assert code
    assert "migrate.forward took over 1 s: raise shop_x_seconds\n" in said
