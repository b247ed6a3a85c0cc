"""What pyinfra reads first, whatever the deploy file."""

from tasks import dry, limits

limits.watch()
dry.watch()
