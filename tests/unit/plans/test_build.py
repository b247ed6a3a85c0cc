"""Built assets: linked where the site looks, made from public values alone."""

import os
import pwd
from dataclasses import replace

import pytest

from changeover.host.sandbox.place import PIVOT
from changeover.plans import build
from changeover.plans.commit import Commit
from changeover.settings.app import App
from changeover.settings.build import Build
from changeover.settings.node import Node
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, PLAYMAKER, V2, V2_FIXED, fresh, release, serving, target

USER = pwd.getpwuid(os.geteuid()).pw_name


def test_the_output_is_where_the_site_looks_and_releases_link() -> None:
    assert build.output_path(target()) == PLAYMAKER.site.static
    assert PIVOT in release(target()).links
    assert build.output_path(target(HELLO)) == ""


def test_a_build_at_the_root_has_its_output_there() -> None:
    update = {"build": Build(directory=".", output="public"), "node": Node()}

    assert build.output_path(target(PLAYMAKER.model_copy(update=update))) == "public"


def test_only_public_values_reach_the_build_quoted_and_in_order() -> None:
    public = {"VITE_B": "it's", "VITE_A": "$(id)", "SECRET": "s"}

    assert build.public_lines(target(), public) == 'VITE_A="\\$(id)"\nVITE_B="it\'s"\n'


def test_no_secret_is_in_the_script() -> None:
    text = build.build_script(
        target(), fresh(), {"VITE_APP_TITLE": "title", "SECRET": "top-secret"}
    )

    assert "top-secret" not in text
    assert f"build=/srv/playmaker/builds/{target().build_key({'VITE_APP_TITLE': 'title'})}" in text


def test_a_build_as_the_app_has_its_packages_and_environment_and_is_made_anew_for_each_commit() -> (
    None
):
    def key(app: App, commit: Commit = V2) -> str | None:
        return target(app, commit).build_key({})

    collect = Build(directory="frontend", command="collect", as_app=True)
    app = PLAYMAKER.model_copy(update={"build": collect})
    text = build.build_script(target(app), fresh(), {})

    assert f"python=/srv/playmaker/environments/{target(app).python_key}\n" in text
    assert "env_file=/srv/playmaker/shared/.env\n" in text
    assert key(app) != key(app, V2_FIXED)
    assert key(PLAYMAKER) == key(PLAYMAKER, V2_FIXED)
    assert "\npython=''\n" in build.build_script(target(), fresh(), {})
    assert "units=(changeover-playmaker-build.service)\n" in build.undo(target(app), fresh()).stop


def test_what_the_running_app_may_write_of_a_build_leads_to_its_cache(shell: Shell) -> None:
    made = "mkdir -p dist/cache dist/server; touch dist/cache/old dist/page"
    caches = Build(directory=".", command=made, caches=("cache", "server/pages"))
    wanted = target(PLAYMAKER.model_copy(update={"build": caches, "node": None}))
    shell.write(f"{wanted.release_path}/package.json")
    shell.write(f"{wanted.release_path}/.changeover/release.json")
    for path in (wanted.paths.builds, wanted.paths.environments):
        shell.write(f"{path}/.keep")
    text = build.build_script(wanted, fresh(), {})
    shell.run(text.replace("build_user=playmaker-build", f"build_user={USER}"))

    output = shell / f"{wanted.paths.builds}/{wanted.build_key({})}/output"
    assert (output / "page").is_file()
    above = f"{wanted.paths.built_caches}/{wanted.build_key({})}"
    for path in ("cache", "server/pages"):
        assert str((output / path).readlink()) == shell.moved(f"{above}/{path}")
    assert (output.parent / ".caches").read_text() == "cache\nserver/pages\n"
    assert wanted.build_key({}) != target(
        PLAYMAKER.model_copy(
            update={"build": caches.model_copy(update={"caches": ()}), "node": None}
        )
    ).build_key({})


def test_an_app_without_a_front_end_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="hello has nothing to build"):
        build.build_script(target(HELLO), fresh(), {})


def test_a_release_that_serves_is_not_touched_by_a_build() -> None:
    assert "\nshow=''\n" in build.build_script(target(), serving(target()), {})
    new = "\nshow=frontend/dist\n"
    assert new in build.build_script(target(), fresh(), {})


def test_assets_are_there_when_the_release_shows_them() -> None:
    public = {"VITE_APP_TITLE": "PlayMaker"}

    assert build.is_linked(target(), serving(target()), public)
    assert not build.is_linked(target(), serving(target()), {})
    assert not build.is_linked(target(), fresh(), public)
    assert build.is_linked(target(HELLO), fresh(), {})


def test_what_an_earlier_version_linked_to_is_shown_and_given_back() -> None:
    wanted = target()
    there = serving(wanted)
    (only,) = there.releases.values()
    link = only.links[PIVOT].removeprefix("../") + "/output"
    links = {path: to for path, to in only.links.items() if path != PIVOT}
    links[build.output_path(wanted)] = f"../{link}"
    linked = replace(there, releases={only.name: replace(only, links=links)})
    public = {"VITE_APP_TITLE": "PlayMaker"}

    assert build.is_linked(wanted, linked, public)
    assert not build.decide(wanted, linked, public).needed
    assert f"link=../{link}\n" in build.earlier_script(wanted, linked)
    key = wanted.build_key(public)
    assert f"build=/srv/playmaker/builds/{key}\n" in build.earlier_script(wanted, there)
    assert build.earlier_script(wanted, fresh()) == ""
    assert build.earlier_script(target(HELLO), serving(target(HELLO))) == ""


def test_an_undo_puts_the_earlier_output_back(shell: Shell) -> None:
    wanted, there = target(), serving(target())
    release_path, path = wanted.release_path or "", build.output_path(target())
    key = wanted.build_key({"VITE_APP_TITLE": "PlayMaker"})
    earlier = shell.write(f"{wanted.paths.builds}/{key}/output/page", "1")
    shell.write(f"{wanted.paths.builds}/build-new/output/page", "2")
    shell.write(f"{release_path}/.changeover/release.json")
    place = 'sandbox place "{}" {} {}'
    shell.run(place.format(release_path, path, f"{wanted.paths.builds}/build-new"))
    assert (shell / release_path / path / "page").read_text() == "2"

    for _ in range(2):
        shell.run(build.earlier_script(wanted, there))

        assert (shell / release_path / path / "page").samefile(earlier)


def test_links_that_lead_nowhere_in_a_build_are_not_there(shell: Shell) -> None:
    """Next.js looks at all files that it finds, and stops at one that is not there."""
    lists = Build(directory=".", command="mkdir dist; ls -A > dist/list")
    app = PLAYMAKER.model_copy(update={"build": lists, "node": None})
    wanted = target(app, shared=["playmaker.db", "data/uploads/"])
    release_path = wanted.release_path or ""
    shell.write(f"{release_path}/.changeover/release.json")
    shell.write(f"{release_path}/data/own")
    (shell / release_path / "playmaker.db").symlink_to("../../shared/playmaker.db")
    (shell / release_path / "data/uploads").symlink_to("../../../shared/data/uploads")
    for path in (wanted.paths.builds, wanted.paths.environments):
        shell.write(f"{path}/.keep")
    text = build.build_script(wanted, fresh(), {})
    shell.run(text.replace("build_user=playmaker-build", f"build_user={USER}"))

    made = (shell / release_path / "dist/list").read_text().split()
    assert made == ["data", "dist"]
