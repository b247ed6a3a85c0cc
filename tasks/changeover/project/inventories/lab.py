"""The hosts of the lab that run at this moment: ``changeover lab list``."""

from changeover.lab.inventory import groups as _groups

globals().update(_groups())
