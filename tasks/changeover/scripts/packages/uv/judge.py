"""
See that packages built from the tree can be used: what they need is there, and so are they.

Arguments: uv's path, the lock's name, whether the lock alone says what is installed ("yes"),
whether something may be used where it lies ("yes"), and paths with extras (``libs/shop[fast]``).
"""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from urllib.parse import unquote, urlsplit

NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
URL = re.compile(r"\s*@\s*\S+\s*")
EXTRA = re.compile(r"""\bextra\s*==\s*(["'])(.*?)\1|(["'])([^"']*)\3\s*==\s*extra\b""")


def normal(name):
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def listed(extras):
    return {normal(one) for one in (extras or "").split(",") if one.strip()}


def of_the_tree():
    """Yield each package that was made of a path, with that and whether it is used there."""
    for one in distributions():
        about = json.loads(one.read_text("direct_url.json") or "{}")
        if about.get("url", "").startswith("file:"):
            path = unquote(urlsplit(about["url"]).path)
            path = os.path.realpath(os.path.join(path, about.get("subdirectory") or ""))
            yield one, path, bool(about.get("dir_info", {}).get("editable"))


def plain(requirement, extras):
    """Return what is asked for by a requirement, without its address and the word extra."""
    name = NAME.match(requirement)
    rest = requirement[name.end() :]
    if rest.lstrip().startswith("@"):
        rest = URL.sub(" ", rest, count=1)
    before, mark, marker = rest.partition(";")

    def given(found):
        there = normal(found[2] or found[4] or "") in extras
        return 'python_version >= "0"' if there else 'python_version < "0"'

    return f"{name[1]}{before.rstrip()}{mark}{EXTRA.sub(given, marker)}"


def needs(packages, extras):
    """Return what each package requires, as the extras say that are asked for."""
    known = {normal(one.metadata["Name"]): one for one, _, _ in packages}
    wanted = {name: set() for name in known}
    for one, path, _ in packages:
        wanted[normal(one.metadata["Name"])] |= extras.get(path, set())
    for _ in known:  # one may ask for extras of another
        for name, one in known.items():
            for text in one.requires or ():
                found = NAME.match(text)
                named = EXTRA.search(text)
                if normal(found[1]) in known and (
                    not named or normal(named[2] or named[4] or "") in wanted[name]
                ):
                    wanted[normal(found[1])] |= listed(found[2])
    return [
        (name, text, plain(text, wanted[name]))
        for name, one in known.items()
        for text in one.requires or ()
    ]


def are_there(uv, requirements):
    """Tell whether what is installed is what is required, as uv itself judges."""
    command = [uv, "--quiet", "pip", "install", "--python", sys.executable, "--dry-run"]
    command += ["--offline", "--no-index", "--no-deps", "--prerelease", "allow", "-r", "-"]
    given = "".join(f"{one}\n" for one in requirements)
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return done.returncode == 0


def problems(uv, lock, alone, in_place, *named):
    packages = list(of_the_tree())
    for one, path, used_there in packages:
        if used_there and not in_place:
            yield (
                f"{one.metadata['Name']}: it is used where it lies ({path}), which no release has:"
                f" name it in {lock} by -e"
            )
    extras = {}
    for text in named:
        path, _, inner = text.rstrip("]").partition("[")
        extras.setdefault(os.path.realpath(path), set()).update(listed(inner))
    required = needs(packages, extras) if alone else []
    if required and not are_there(uv, [question for _, _, question in required]):
        for name, text, question in required:
            if not are_there(uv, [question]):
                yield (
                    f"{name}, of the tree, requires {text}, which is not installed, or in another"
                    f" version: add it to {lock}, with its hash (where packages have hashes, the"
                    " lock alone says what is installed)"
                )


found = list(problems(*sys.argv[1:]))
sys.stderr.write("".join(f"{line}\n" for line in found))
sys.exit(1 if found else 0)
