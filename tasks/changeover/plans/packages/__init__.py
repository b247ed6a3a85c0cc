"""
Package managers: one file each, behind the protocol of ``protocol.py``, and one line here.

Each installs packages of one language out of its lock file, and is asked for by a settings type.
"""

from collections.abc import Callable
from typing import Any

from changeover.host.registry import Registry
from changeover.plans.inputs.tree import Tree
from changeover.plans.packages.npm import Npm
from changeover.plans.packages.protocol import Manager
from changeover.plans.packages.uv import Uv
from changeover.settings.app import types_of
from changeover.settings.base import Strict
from changeover.settings.node import Node
from changeover.settings.python import Python

MANAGERS: Registry[type[Strict], Callable[[Any, Tree], Manager]] = Registry(
    "package manager",
    {
        Python: Uv,
        Node: Npm,
    },
)
MANAGERS.require(__name__, __path__, "protocol", keys=(*types_of("python"), *types_of("node")))


def of(declared: Strict | None, tree: Tree) -> Manager | None:
    """Return what installs the packages that a part of an app declares, None where it has none."""
    return MANAGERS[type(declared)](declared, tree) if declared else None
