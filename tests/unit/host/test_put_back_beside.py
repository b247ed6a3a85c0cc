"""What somebody who may write in a folder puts in the way of an undo does not stop it."""

from pathlib import Path

from changeover.host.files import put_back, save, write


def test_a_folder_at_the_name_that_a_new_file_gets_is_gone_around(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    noted = save(file, tmp_path / "copy")
    (tmp_path / "..env.changeover").mkdir()

    write(file, b"A=2\n")
    put_back(noted, tmp_path)

    assert file.read_text() == "A=1\n"
    link = tmp_path / "current"
    link.symlink_to("old")
    kept = save(link, tmp_path / "copy")
    (tmp_path / ".current.changeover").mkdir()
    put_back(kept, tmp_path)
    assert str(link.readlink()) == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("..env.changeover", ".current.changeover", ".env", "copy", "current"),
    ]
