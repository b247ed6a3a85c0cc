import pytest

from changeover.lab import LabError, image


@pytest.mark.parametrize(("text", "size"), [("512M", 512 << 20), ("8G", 8 << 30), ("1T", 1 << 40)])
def test_a_size_is_a_number_and_its_unit(text: str, size: int) -> None:
    assert image.size("web", text) == size


@pytest.mark.parametrize("text", ["", "8", "8GB", "8 G", "0G", "-1G", "1.5G", "much", "8G\n"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(LabError, match="web: disk must be a size as 512M or 8G, not "):
        image.size("web", text)


def test_a_disk_too_small_for_a_host_is_refused() -> None:
    with pytest.raises(LabError, match="web: disk must be at least 64M, not 1M"):
        image.size("web", "1M")
