"""Go back to an earlier release: --data rollback=code, downgrade or restore; without, be told."""

from changeover import rollback

rollback.run()
