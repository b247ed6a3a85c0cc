"""Keys of an environment that lead the app elsewhere than its database URL alone would."""

from collections.abc import Iterator, Mapping

from changeover.host.postgres.defaults import KEYS, counting
from changeover.plans.environment import Merge
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def problems(
    target: Target, snapshot: Snapshot, wanted: Mapping[str, str], merge: Merge
) -> Iterator[str]:
    """Yield a line for each key that counts to the app's driver, and not to a backup."""
    app, database = target.app.name, target.app.database
    if database is None:
        return
    given = ({*snapshot.env_keys} - {*merge.remove}) | {*merge.add}
    for url in filter(None, (database.url, database.direct_url)):
        has = url in snapshot.env_keys and url not in merge.replace
        found = snapshot.env_defaults.get(url, ()) if has else counting(wanted.get(url, ""))
        for key in found:
            if key in given:
                yield (
                    f"{key}: the app's driver takes it for what {url} does not say, and backups go"
                    f" by {url} alone; {_say(key, url)}, and take {key} out of the environment"
                    f" ({app}_env_remove)"
                )


def _say(key: str, url: str) -> str:
    parameter = KEYS.get(key)
    return f"say it there ({parameter}=)" if parameter else f"say in {url} all that is meant"
