"""Built assets: linked where the site looks, made from public values alone."""

import os
import pwd

import pytest

from tasks.plans import build
from tasks.plans.commit import Commit
from tasks.settings.app import App, Build, Node
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, PLAYMAKER, V2, V2_FIXED, fresh, release, serving, target

USER = pwd.getpwuid(os.geteuid()).pw_name


def test_the_output_is_where_the_site_looks_and_releases_link() -> None:
    assert build.output_path(target()) == PLAYMAKER.site.static
    assert build.output_path(target()) in release(target()).links
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
    assert build.undo(target(app), fresh()).stop == ("changeover-playmaker-build.service",)


def test_what_the_running_app_may_write_of_a_build_leads_to_its_cache(shell: Shell) -> None:
    made = "mkdir -p dist/cache dist/server; touch dist/cache/old dist/page"
    caches = Build(directory=".", command=made, caches=("cache", "server/pages"))
    wished = target(PLAYMAKER.model_copy(update={"build": caches, "node": None}))
    shell.write(f"{wished.release_path}/package.json")
    for path in (wished.paths.builds, wished.paths.environments):
        shell.write(f"{path}/.keep")
    text = build.build_script(wished, fresh(), {})
    shell.run(text.replace("build_user=playmaker-build", f"build_user={USER}"))

    output = shell / f"{wished.paths.builds}/{wished.build_key({})}/output"
    assert (output / "page").is_file()
    above = wished.paths.app_caches
    for path, name in zip(("cache", "server/pages"), build.cache_names(wished.app), strict=True):
        assert str((output / path).readlink()) == shell.moved(f"{above}/{name}")
    assert wished.build_key({}) != target(
        PLAYMAKER.model_copy(
            update={"build": caches.model_copy(update={"caches": ()}), "node": None}
        )
    ).build_key({})


def test_an_app_without_a_front_end_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="hello has nothing to build"):
        build.build_script(target(HELLO), fresh(), {})


def test_a_release_that_serves_is_not_touched_by_a_build() -> None:
    assert "\nlink=''\n" in build.build_script(target(), serving(target()), {})
    new = "\nlink=frontend/dist\n"
    assert new in build.build_script(target(), fresh(), {})


def test_assets_are_linked_when_the_release_shows_them() -> None:
    public = {"VITE_APP_TITLE": "PlayMaker"}

    assert build.is_linked(target(), serving(target()), public)
    assert not build.is_linked(target(), serving(target()), {})
    assert not build.is_linked(target(), fresh(), public)
    assert build.is_linked(target(HELLO), fresh(), {})
