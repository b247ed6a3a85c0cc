"""What pyinfra reads first, whatever the deploy file."""

from changeover.run import dry, limits, reasons, refused

reasons.prepare()
limits.watch()
dry.watch()
refused.watch()
