# Goes before an engine's own program, in the Python of the release.
# It tells each step before it begins: one line with a mark, which is set before it and is another each time.
# So whatever a migration writes, where it may, is no such line.
# Where somebody looks at the database between steps, it waits for a line on standard input.
import os, stat, sys


class Steps:
    # else SQLite keeps what a step wrote in its log, which cannot go any more where the next one fills the disk
    after = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)"}

    def __init__(self):
        self.out, self.line = os.dup(1), os.dup(0)
        self.watched = stat.S_ISFIFO(os.fstat(self.line).st_mode)
        if self.watched: # else PostgreSQL counts what a step has changed up to a second later
            self.after["postgresql"] = "SELECT pg_stat_force_next_flush()"
        os.dup2(2, 1)  # what migrations say goes to the log
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def begin(self, name):
        """Tell a step, and wait where somebody looks."""
        sys.stdout.flush()
        # a migration may have left a line without its end
        os.write(self.out, f"\n@@step {mark} {name}\n".encode())
        while self.watched and os.read(self.line, 1) not in (b"", b"\n"):
            pass

    def settle(self, kind, connection):
        """Do what is to be done after a step, by the driver itself; the step is taken, whatever comes of it."""
        if kind not in self.after:
            return
        try:
            cursor = connection.cursor()
            cursor.execute(self.after[kind])
            cursor.close()
            connection.rollback()
        except Exception as error:
            print(f"after a step: {error}", file=sys.stderr)

    @staticmethod
    def require(name, wanted, found):
        if wanted != found:
            told = " ".join(sorted(found)), " ".join(sorted(wanted))
            sys.exit(f"after {name} the database says revision '{told[0]}' instead of '{told[1]}'")


steps = Steps()
