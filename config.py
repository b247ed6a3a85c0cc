"""What pyinfra reads first, whatever the deploy file."""

from tasks import limits

limits.watch()
