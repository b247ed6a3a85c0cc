"""A file of the operator's in the site: read, tested by a real nginx, in place, and away again."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.facts.program import site_include
from changeover.plans import site
from changeover.plans.digest import sha
from changeover.plans.site_text import PAGE_NAMES
from changeover.plans.target import Target
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target

PLACE = "/etc/nginx/changeover/sites"
MAIN = """\
pid {root}/nginx.pid;
events {{}}
http {{
    include /etc/nginx/sites-enabled/*;
}}
"""
OWN = "location = /own { return 204; }\n"
TARGET = replace(target(), site_include=OWN)
needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nginx"), reason="needs root and nginx"
)


def settings(path: Path | str) -> Target:
    return target(site_include=str(path))


def test_the_file_is_read_on_the_controller(tmp_path: Path) -> None:
    file = tmp_path / "own.conf"
    file.write_text(f"{OWN}\n\n")

    assert site_include(settings(file).values) == OWN
    assert site_include(target().values) == ""


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, "No such file or directory"),
        (b"\xff", "no UTF-8"),
        (b" \n", "expected directives of nginx"),
        (b"a\0b", "expected directives of nginx"),
        (b"#" * 262_145, "expected directives of nginx, at most 256 KiB"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, wrong: str) -> None:
    file = tmp_path / "own.conf"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ValueError, match=wrong):
        site_include(settings(file).values)


def test_the_site_is_published_anew_when_the_file_is_another() -> None:
    whole = serving(TARGET)
    there = replace(whole, files={**whole.files, site.include(TARGET): sha(OWN)})
    by_hand = replace(whole, files={**whole.files, site.include(TARGET): "other"})
    other = replace(TARGET, site_include=f"# more\n{OWN}")

    assert not site.decide(TARGET, there).needed
    assert site.decide(TARGET, by_hand).why == "the file that it includes is missing or different"
    assert site.decide(other, there).why == "missing or different"
    assert site.decide(target(), there).why == "missing or different"


class Nginx:
    """A host with a real nginx, whose folder stands for /etc/nginx."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        root = shell.root
        shell.write("/etc/nginx/nginx.conf", shell.moved(MAIN.format(root=root)))
        for folder in ("sites-available", "sites-enabled", "changeover"):
            (shell / f"/etc/nginx/{folder}").mkdir()
        shell.write("/var/lib/changeover/playmaker/.keep")
        for name in PAGE_NAMES:
            shell.write(f"/usr/local/share/changeover/{name}")
        real = shutil.which("nginx")
        shell.stub("nginx", f'exec {real} -e stderr -c {root}/etc/nginx/nginx.conf "$@"')
        shell.stub("systemctl", f'echo "$@" >> {root}/systemctl')

    def publish(self, wanted: Target) -> int:
        """Publish, and then do what remains after a commit; return how the first ended."""
        # this machine may have no IPv6
        script = site.publish_script(wanted).replace("    listen [::]:80;\n", "")
        done = self.shell.try_(script, stdin=wanted.site_include)
        self.said = done.stderr
        if done.returncode == 0:
            self.shell.run(site.undo(wanted, serving(wanted)).redo)
        return done.returncode

    @property
    def included(self) -> dict[str, str]:
        """The text of each file that sites include, by its path on a host."""
        folder = self.shell / PLACE
        found = folder.iterdir() if folder.exists() else ()
        return {f"{PLACE}/{one.name}": one.read_text() for one in found}


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    # a socket's path has to be short, and pytest's folders are not
    with tempfile.TemporaryDirectory(prefix="n") as folder:
        yield Nginx(Shell(Path(folder)))


@needs_mounts
def test_a_file_that_nginx_takes_is_roots_and_a_part_of_the_site(nginx: Nginx) -> None:
    nginx.shell.write(f"{PLACE}/other-0123456789abcdef.conf", "# another app's\n")

    assert nginx.publish(TARGET) == 0, nginx.said

    place = site.include(TARGET)
    assert nginx.included[place] == OWN
    assert (nginx.shell / place).stat().st_mode & 0o777 == 0o600
    text = (nginx.shell / TARGET.paths.site).read_text()
    assert f"    include {nginx.shell.root}{place};\n" in text
    assert len(nginx.included) == 2


@needs_mounts
def test_a_file_that_nginx_refuses_changes_nothing(nginx: Nginx) -> None:
    assert nginx.publish(TARGET) == 0, nginx.said
    before = nginx.shell.tree()
    wrong = replace(TARGET, site_include="}\nserver { listen 81;\n")

    assert nginx.publish(wrong) == 1

    assert "nginx refuses the site of play.example" in nginx.said
    assert f"{Path(site.include(wrong)).name}:1" in nginx.said
    assert nginx.shell.tree() == before


@needs_mounts
@pytest.mark.parametrize(
    ("directive", "setting"),
    [
        ("client_max_body_size 20m;", "playmaker_body_limit"),
        ("large_client_header_buffers 4 32k;", "playmaker_header_limit"),
        ("no_such_directive on;", ""),
    ],
)
def test_what_nginx_refuses_is_named_as_the_operator_knows_it(
    nginx: Nginx, directive: str, setting: str
) -> None:
    wrong = replace(settings("secrets/prod/extra.nginx"), site_include=directive)

    assert nginx.publish(wrong) == 1

    assert f"{site.include(wrong)}:1 (that is secrets/prod/extra.nginx)" in nginx.said
    name = directive.partition(" ")[0]
    hint = f"the site has {name} already: take it out, and set {setting}"
    assert (hint in nginx.said) == bool(setting)


@needs_mounts
def test_an_earlier_file_stays_until_the_commit_and_the_last_one_goes(nginx: Nginx) -> None:
    newer = replace(TARGET, site_include=f"# more\n{OWN}")
    assert nginx.publish(TARGET) == 0, nginx.said

    assert nginx.publish(newer) == 0, nginx.said
    assert nginx.included == {site.include(newer): newer.site_include}
    assert site.undo(newer, serving(newer)).save[-1] == site.include(newer)
    assert nginx.publish(target()) == 0, nginx.said
    assert nginx.included == {}
