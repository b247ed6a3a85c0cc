"""What pyinfra reads first, whatever the deploy file."""

from changeover.run import begin

begin.watch()
