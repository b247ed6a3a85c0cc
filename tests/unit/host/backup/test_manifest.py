"""What differs in a restored backup is said, all of it or the first of it."""

import pytest

from changeover.host.backup.manifest import require_none
from changeover.host.files import Failure


@pytest.mark.parametrize(
    ("most", "said"),
    [(None, "a; b; c"), (3, "a; b; c"), (2, "a; b; and 1 more")],
)
def test_what_differs_is_said(most: int | None, said: str) -> None:
    with pytest.raises(Failure) as raised:
        require_none(["a", "b", "c"], most)
    assert str(raised.value) == f"the restored content differs: {said}: use another backup"


def test_what_is_equal_is_taken() -> None:
    require_none([])
