"""Hosts and the controller reckon alike how long putting a database back may take."""

from dataclasses import replace

import pytest

from changeover.host import time_limits
from changeover.host.files import Failure
from changeover.host.rehearse.limits import require_way_back
from changeover.plans import time_limits as planned
from tests.unit.plans.world import FILES_AFTER, backup, target

SAID = "app_undo_timeout_seconds: putting the database back may take up to {} s, as its backup"


@pytest.mark.parametrize(("took", "seconds"), [(0, 900), (180, 900), (181, 905), (1300, 6500)])
def test_it_is_five_times_as_long_as_the_backup_took(took: float, seconds: int) -> None:
    limits = {"copy": seconds - 1, "copy_setting": "app_undo_timeout_seconds"}

    assert time_limits.restore_seconds(took) == seconds
    with pytest.raises(Failure) as raised:
        require_way_back(took, limits)
    assert str(raised.value).startswith(SAID.format(seconds))
    require_way_back(took, limits | {"copy": seconds})
    known = replace(backup(target(), FILES_AFTER), seconds=took)
    assert planned.restore_seconds(known) == seconds
