"""Which answers of its first page are those of an open site."""

import pytest

from changeover.checks.opened import opened
from changeover.settings.app import App
from changeover.settings.expect import Http
from changeover.settings.health import Health
from tests.unit.plans.world import PLAYMAKER


def app(*expect: Http) -> App:
    return PLAYMAKER.model_copy(update={"health": Health(expect=expect)})


@pytest.mark.parametrize("status", [200, 204, 301, 302, 401, 403])
def test_what_an_app_answers_to_a_stranger_is_open(status: int) -> None:
    assert opened(app(), status) == ""


@pytest.mark.parametrize("status", [0, 404, 500, 502, 503])
def test_a_failure_and_a_page_that_is_missing_are_not(status: int) -> None:
    assert opened(app(), status).startswith(f"/ answers {status}; where that is meant, declare")


def test_what_the_deploy_file_declares_counts() -> None:
    declared = app(Http(path="/", status=(302, 404)), Http(path="/x", status=410))

    assert opened(declared, 404) == ""
    assert opened(declared, 200) == "/ answers 200 instead of 302 or 404"
    later = app(Http(path="/", status=404, since="0002"))
    assert (opened(later, 404), opened(later, 302)) == ("", "")
