"""The lab's commands, where the command ``changeover`` is not on the PATH."""

import sys

from changeover.lab.commands import main

sys.exit(main(prog_name="changeover lab"))
