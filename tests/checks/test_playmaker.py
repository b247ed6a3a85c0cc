"""What the runbook of PlayMaker's update asks to be verified."""

import secrets

import pytest

from changeover.checks.carriers import Carrier

GROUP = "playmaker"


def test_the_main_page_loads_with_its_script(carrier: Carrier) -> None:
    page = carrier.ask("/")
    assert page.status == 200, f"/ answers {page.status}"
    source = page.body.split('src="')[1].split('"')[0]
    assert carrier.ask(source).status == 200, f"{source} does not load"


def test_the_login_redirects_to_spotify(carrier: Carrier) -> None:
    answer = carrier.ask("/login")
    found = f"{answer.status} {answer.headers['Location']}"
    wanted = "302 https://accounts.spotify.com/authorize?"
    assert found.startswith(wanted), f"/login answers {found} instead of {wanted}..."


def test_the_account_works(carrier: Carrier) -> None:
    answer = carrier.ask("/api/account")
    assert answer.status == 200, f"/api/account answers {answer.status}"
    assert answer.json()["user"], "/api/account names no user"


@pytest.mark.usefixtures("writes")
def test_a_new_playlist_shows_in_the_history_and_can_be_removed(carrier: Carrier) -> None:
    name = f"check {secrets.token_hex(8)}"
    made = carrier.ask("/api/playlists", method="POST", body={"name": name})
    assert made.status == 201, made.body
    try:
        names = [entry["name"] for entry in carrier.ask("/api/history").json()]
        assert name in names, f"/api/history does not have the playlist {name} that was made"
    finally:
        removed = carrier.ask(f"/api/playlists/{made.json()['id']}", method="DELETE")
    assert removed.status == 204, f"removing the playlist {name} answers {removed.status}"
    names = [entry["name"] for entry in carrier.ask("/api/history").json()]
    assert name not in names, f"/api/history still has the playlist {name} that was removed"
