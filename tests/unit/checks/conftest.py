"""What the tests of the checks share with those of the host's programs."""

from tests.unit.host.conftest import cluster

__all__ = ["cluster"]
