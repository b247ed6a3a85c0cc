"""The site an app gets, and when it has to be published."""

from dataclasses import replace

from changeover.plans import site
from changeover.plans.digest import sha
from changeover.plans.site_text import DEFAULT_POLICY, Files, render_site
from changeover.plans.site_text import Site as NginxSite
from changeover.settings.site import Site
from tests.unit.plans.world import HELLO, PLAYMAKER, serving, target


def test_settings_reach_the_site() -> None:
    wanted = target(
        aliases=["www.play.example"], body_limit="1m", maintenance_bypass_addresses=["192.0.2.1"]
    )

    found = site.wanted(wanted)

    assert found.server_names == ("play.example", "www.play.example")
    assert found.upstream == "unix:/run/changeover/playmaker/playmaker.sock"
    assert found.static_root == "/srv/playmaker/current/frontend/dist"
    assert found.app_paths == ("/api/", "/login", "/callback")
    assert (found.body_limit, found.bypass_addresses) == ("1m", ("192.0.2.1",))


def test_an_app_without_a_front_end_answers_everything() -> None:
    found = site.wanted(target(HELLO))

    assert found.static_root is None
    assert found.proxied == ("/",)


def test_the_policy_is_the_strict_one_unless_the_app_has_its_own() -> None:
    own = PLAYMAKER.model_copy(update={"site": Site(content_security_policy="default-src 'none'")})

    assert site.wanted(target()).content_security_policy == DEFAULT_POLICY
    assert site.wanted(target(own)).content_security_policy == "default-src 'none'"


def test_the_written_file_has_the_sum_that_is_looked_for() -> None:
    text = render_site(site.wanted(target()))

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert serving(target()).files["/etc/nginx/sites-available/playmaker.conf"] == sha(text)


def test_a_site_that_nginx_loaded_before_another_change_is_loaded_again() -> None:
    well = serving(target())

    assert site.decide(target(), replace(well, site_loaded="old")).why == "nginx has not loaded it"
    assert site.decide(target(aliases=["new.example"]), well).why == "missing or different"


def test_static_files_below_a_prefix_stand_beside_an_app_that_answers_the_rest() -> None:
    def wanted(*, hashed: bool) -> NginxSite:
        declared = Site(static="static", static_prefix="/static/", static_hashed=hashed)
        return site.wanted(target(PLAYMAKER.model_copy(update={"site": declared})))

    found = wanted(hashed=False)

    assert (found.static_root, found.proxied) == (None, ("/",))
    assert found.files == (Files("/static/", "/srv/playmaker/current/static", "plain"),)
    assert wanted(hashed=True).files[0].kind == "hashed"
    assert "alias /srv/playmaker/current/static/;" in render_site(found)
    assert site.wanted(target()).files == ()
