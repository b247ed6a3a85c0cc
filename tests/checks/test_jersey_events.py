"""What the runbook of Jersey Events' migration asks to be verified, as a visitor sees it."""

from changeover.checks.carriers import Carrier

GROUP = "jersey_events"


def test_the_home_page_loads_with_its_style(carrier: Carrier) -> None:
    page = carrier.ask("/")
    assert page.status == 200, f"/ answers {page.status}"
    style = page.body.split('href="')[1].split('"')[0]
    assert carrier.ask(style).status == 200, f"{style} does not load"


def test_the_artists_are_there(carrier: Carrier) -> None:
    count = carrier.ask("/api/artists/count").json()["count"]
    listed = len(carrier.ask("/api/artists").json())
    assert count == listed, f"/api/artists/count says {count}, /api/artists lists {listed}"


def test_who_is_not_logged_in_is_sent_to_the_login(carrier: Carrier) -> None:
    for path, login in (("/accounts/dashboard/", "/accounts/login/"), ("/admin/", "/admin/login/")):
        answer = carrier.ask(path)
        found = f"{answer.status} {answer.headers['Location']}"
        assert found.startswith(f"302 {login}"), f"{path} answers {found} instead of 302 {login}"
