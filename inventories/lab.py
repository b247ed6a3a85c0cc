"""The hosts of the lab that run at this moment: ``python -m tests.lab list``."""

from tests.lab.inventory import groups as _groups

globals().update(_groups())
