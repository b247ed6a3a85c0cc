"""An ``.npmrc`` is read as npm reads it, or not at all."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from changeover.plans.packages.npm.npmrc import flag

NAME = "ignore-scripts"
# what npm's own parser makes of a file, without the rest of npm: many in one go
ASK = """
const { createRequire } = require('module'), fs = require('fs')
const ini = createRequire(fs.realpathSync(process.argv[1]))('ini')
const files = JSON.parse(fs.readFileSync(0))
console.log(JSON.stringify(files.map(text => {
    try { return ini.parse(text)['ignore-scripts'] ?? 'absent' } catch (error) { return 'none' }
})))
"""
SURE = [
    ("ignore-scripts=true", True),
    ("ignore-scripts = true ; why", True),
    ("ignore-scripts=true#why", True),
    ("  ignore-scripts", True),
    ("ignore-scripts=", True),
    ("ignore-scripts=1", True),
    ('ignore-scripts="true"', True),
    ('"ignore-scripts"=true', True),
    ("\ufeffignore-scripts=true", True),
    ("ignore-scripts=false\r\nignore-scripts=true\r\n", True),
    ("ignore-scripts=true\r[a]\rx=1", True),
    ("//${HOST}/:_authToken=${TOKEN}\nignore-scripts=true", True),
    ("a='b\nignore-scripts=true", True),
    ("", False),
    ("ignore-scripts=false", False),
    ('ignore-scripts=true\n"ignore-scripts"=false', False),
    ("[a]\nignore-scripts=true", False),
    ("[]\nignore-scripts=true", False),
    ("#ignore-scripts=true", False),
    (";ignore-scripts=true", False),
    ("//r/:ignore-scripts=true", False),
    ("ignore_scripts=true", False),
    ("Ignore-Scripts=true", False),
    ("=ignore-scripts=true", False),
    ("x=1\u2028ignore-scripts=true", False),
    ("x=1\x0bignore-scripts=true", False),
    ("x=1\x85ignore-scripts=true", False),
    ("ignore-scripts\\;=true", False),
]
UNSURE = [
    "ignore-scripts=true\nignore-scripts[]=false",
    "ignore-scripts[]=true",
    "ignore-scripts=true\n'ignore-scripts'=false",
    'ignore-scripts=true\n"ignore\\u002dscripts"=false',
    "ignore-scripts=true\n${X}scripts=false",
    "ignore-scripts=true\nignore-${X?}=false",
    "ignore-scripts=${X}",
    "ignore-scripts=no",
    "ignore-scripts=0",
    "ignore-scripts=null",
    "ignore-scripts='true'",
    "[ignore-scripts]\nx=1",
    "ignore-scripts=true\n[ignore-scripts.x]\ny=1",
    "ignore-scripts=true\n'null'=1",
]


@pytest.mark.parametrize(("text", "expected"), SURE)
def test_what_is_plain_is_read(text: str, expected: bool) -> None:
    assert flag(text, NAME) is expected


@pytest.mark.parametrize("text", UNSURE)
def test_of_what_is_not_nothing_is_said(text: str) -> None:
    assert flag(text, NAME) is None


@pytest.fixture(scope="module")
def npm() -> str:
    return shutil.which("npm") or pytest.skip("npm is not here")


def _pieces(chance: random.Random) -> str:
    pieces = [NAME, "=", "true", "false", "\n", "\r", "[", "]", "[a]", '"', "'", ";", "#", "\\"]
    pieces += [" ", "\t", "\ufeff", "\u2028", "\x85", "\x0b", "\x1c", "\xa0", "x", "1", "null", ""]
    pieces += [f"\n{NAME}=true\n", f"\n{NAME}=false", f'"{NAME}"', f"{NAME}[]", f"[{NAME}]", "[]"]
    return "".join(chance.choices(pieces, k=chance.randint(1, 9)))


def test_npms_own_parser_says_the_same_of_any_file(npm: str) -> None:
    chance = random.Random(15)
    texts = [text for text, _ in SURE] + [_pieces(chance) for _ in range(20_000)]

    said = _asked(npm, texts)

    seen = [(text, flag(text, NAME), one) for text, one in zip(texts, said, strict=True)]
    wrong = [one for one in seen if one[1] is not None and _means(one[2]) is not one[1]]
    assert wrong == []
    assert sum(one[1] is True for one in seen) > 500


def _means(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"absent": False, "": True, "1": True, "true": True, "false": False}.get(str(value))


def _asked(npm: str, texts: list[str]) -> list[object]:
    done = subprocess.run(
        ["node", "-e", ASK, npm],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("text", "expected"), SURE)
def test_npm_itself_says_the_same(npm: str, tmp_path: Path, text: str, expected: bool) -> None:
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    (tmp_path / ".npmrc").write_bytes(text.encode())

    done = subprocess.run(
        [npm, "config", "get", NAME], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert (done.stdout.strip() not in ("", "false")) is expected
