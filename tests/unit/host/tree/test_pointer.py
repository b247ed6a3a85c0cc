"""Pointers are read as git-lfs itself reads them; what only looks like one is refused."""

import subprocess

import pytest

from changeover.host.files import Failure
from changeover.host.tree.large import Pointer, pointer

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
URL = "https://git-lfs.github.com/spec/v1"
TEXT = f"version {URL}\noid sha256:{OID}\nsize 12345\n"


def is_one_for_git_lfs(text: str) -> bool:
    command = ["git", "lfs", "pointer", "--check", "--stdin"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(URL, "http://git-media.io/v/2"),
        TEXT.replace(URL, "https://hawser.github.com/spec/v1"),
        f"\n{TEXT}",
        f" \n\t\n{TEXT}\n  \n",
        TEXT.replace("\noid", "\n\noid"),
        TEXT.rstrip(),
        TEXT.replace("size ", "size +"),
    ],
)
def test_every_form_that_git_lfs_takes_is_a_pointer(text: str) -> None:
    assert is_one_for_git_lfs(text)
    assert pointer(text.encode()) == Pointer(OID, 12345)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("v1\n", "v9\n"),
        TEXT.replace("sha256", "md5"),
        TEXT.replace(OID, OID[:-1]),
        TEXT.replace(OID, OID.upper()),
        TEXT.replace("12345", "many"),
        TEXT.replace("12345", "-1"),
        TEXT.replace("12345", "9" * 30),
        TEXT.replace("12345", ""),
        f"{TEXT}more than that\n",
        f"{TEXT}word\n",
        f"version {URL}\nsize 12345\noid sha256:{OID}\n",
        f"version {URL}\n",
        f"\ufeff{TEXT}",
        f"# git-media\n{OID}\n",
        TEXT.replace("version ", "version  "),
    ],
)
def test_what_only_begins_as_one_is_refused(text: str) -> None:
    assert not is_one_for_git_lfs(text)
    with pytest.raises(Failure, match="begins as a pointer of Git LFS, and is none"):
        pointer(text.encode())


@pytest.mark.parametrize("text", ["", "x", "version 1\noid 2\nsize 3\n", "about git-lfs\n", "\0"])
def test_anything_else_is_a_file_as_it_is(text: str) -> None:
    assert pointer(text.encode()) is None
    assert pointer(TEXT.encode() + b"\n" * 1024) is None


def test_one_that_a_program_of_the_operators_changes_is_refused() -> None:
    text = TEXT.replace("\noid", f"\next-0-odd sha256:{'1' * 64}\noid")

    assert is_one_for_git_lfs(text)
    with pytest.raises(Failure, match="an extension of git-lfs"):
        pointer(text.encode())
