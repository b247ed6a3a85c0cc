"""What a rollback method is: one way back to a release."""

from dataclasses import dataclass

from changeover.plans.migrations.steps import Move

CODE, DOWNGRADE, RESTORE = "code", "downgrade", "restore"
KIND = "rollback"


@dataclass(frozen=True)
class Method:
    """One way back to a release."""

    name: str
    problem: str = ""
    """Why it is not open, "" where it is."""
    loses: str = ""
    """What is lost by it; of ``restore`` only the host can count that."""
    settled: bool = False
    """There is nothing left to do."""
    revision: str | None = None
    """What the app then says of its schema."""
    moves: tuple[Move, ...] = ()
    """Steps that are taken back, the newest first."""
    knower: str = ""
    """The release whose code can take them back."""
    manifest: str = ""
    """The backup that is restored."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps that are taken back, the newest first."""
        return tuple(move.step for move in self.moves)
