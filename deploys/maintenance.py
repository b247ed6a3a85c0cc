"""Close the sites of each host by hand, or open them: --data maintenance=on or off."""

from changeover import apps

apps.told("maintenance", some=True)
apps.require("maintenance", ("on", "off"))
apps.include(only=["maintenance"])
