"""What shellcheck says of scripts that is meant to be so, by file."""

FOUND = {
    # git's own shell reads it
    "fetch/login.sh": {2016},
    # version is never empty
    "provision/node.sh": {2115},
    # reads from one folder, writes to another
    "provision/programs.sh": {2094},
    # the host's own file
    "probe/bare.sh": {1091},
    "hardening/machine.sh": {1091},
}
"""The codes that a file's own lines may have."""

# what every script is given that has a folder made, whatever it makes
_FOLDER = {"cache", "memory", "placed"}
# what a kind of database is given, though not every kind speaks of it
_DATABASE = {"database"}
UNUSED = {
    "build/assets.sh": {"cache"},
    "environment/password.sh": _DATABASE,
    "inputs.sh": {"cache"},
    "sandbox.sh": {"cache"},
    "fetch/links.sh": _FOLDER,
    "fetch/login.sh": _FOLDER,
    "fetch/release.sh": _FOLDER,
    "fetch/way.sh": _FOLDER,
    # of a toy engine
    "processes/outside.sh": {"with"},
    "rollback/losses.sh": _DATABASE,
    "undo/environment.sh": _DATABASE,
}
"""The variables that stand before a file's lines and that nothing uses."""


def is_meant(file: str, code: int, name: str, *, own: bool) -> bool:
    """Tell whether something is meant to be so: in a file's own lines, or in those before it."""
    if own:
        return code in FOUND.get(file, set())
    # else it is of another file, or of a value; a part of a host and its settling have the same
    unused = code == 2034 and not file.startswith("hardening/")
    return not unused or name in UNUSED.get(file, set())
