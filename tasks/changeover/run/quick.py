"""What keeps pyinfra's own work short, in a run that does little else."""

import atexit
import gc
import inspect
from functools import partial

from pyinfra.api import util


def prepare() -> None:
    """
    Set it up, once a run.

    pyinfra orders operations by the line numbers of the call stack, and has each frame's source
    looked up for it, which it never uses: 40 operations on a host took 0.25 s to load, and take
    0.1 s without. At its end Python looks through all that was loaded for garbage: 0.2 s.
    Another pyinfra's functions of these names are left alone.
    """
    found = [getattr(util, name, None) for name in ("stack", "getframeinfo")]
    if found == [inspect.stack, inspect.getframeinfo]:
        util.stack, util.getframeinfo = _stack, _getframeinfo
        atexit.register(gc.freeze)


_stack = partial(inspect.stack, 0)
_getframeinfo = partial(inspect.getframeinfo, context=0)
