"""The status of an app on a host in words: at a glance, and what is open with what to do."""

from collections.abc import Iterator

from changeover.host.changeover.once import BEGAN, FAILED
from changeover.plans.status import Report, seconds_since

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def age(seconds: int | None) -> str:
    """Return a time span in its largest measure, rounded down: ``3 hours``."""
    if seconds is None:
        return "an unknown time"
    for length, name in _UNITS:
        count = seconds // length
        if count:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "a moment"


def rows(report: Report) -> Iterator[tuple[str, str]]:
    """Yield label and text of each line about an app."""
    yield "serves", _serves(report)
    unknown = report["schema_unknown"]
    yield "schema", f"nobody knows: {unknown}" if unknown else _schema(report["schema"])
    for one in report["migrations"]:
        yield "", f"{one['name']} is {one['state']}: {one['reason']}"
    yield "backup", _backup(report)
    yield "site", f"closed {report['closed']}" if report["closed"] else "open"
    if report["certificate"]:
        yield "tls", _certificate(report["certificate"])
    yield "release", " ".join(release_lines(report))
    yield "room", _room(report)
    for number, one in enumerate(report["once"]):
        yield "" if number else "once", _once(one, report["clock"])
    for number, record in enumerate(report["ledger"]):
        yield "" if number else "ledger", _record(record, report["clock"])
    for problem in report["problems"]:
        yield "PROBLEM", problem


def release_lines(report: Report) -> list[str]:
    """Return what is open or held, by whom, and what can be done about it."""
    hold, found = report["hold"], report["open"]
    if hold and hold["what"] == "release":
        return [
            f"{_person(hold)} releases it for {age(hold['since_seconds'])}, in phase"
            f" {hold['phase'] or 'begin'}.",
            f"Wait, or break it: deploys/undo.py --data changeover_break={hold['id']}",
        ]
    if hold and found and not found["stuck"]:  # the host tries again now and then
        doing = "completed" if found["committed"] else "undone"
        return [f"Changeover {found['id']} is being {doing} at this moment: {hold['said']}."]
    if found:
        return _left(report)
    if hold:
        return [f"At work: {hold['said']}."]
    return ["nothing is open"]


def _left(report: Report) -> list[str]:
    found = report["open"]
    what = f"Changeover {found['id'] or 'unknown'} of {_person(found)} was interrupted"
    damage = [f"Its journal is damaged: {found['problem']}"] if found["problem"] else []
    again = "Then: deploys/undo.py --data undo=again"
    if found["stuck"] or damage:
        ending = "committed, but cannot be completed" if found["committed"] else "cannot be undone"
        words = (report["stuck"] or "").splitlines()[:-1]  # the last says what to do, as we do
        return [f"{what}; it is stuck: it {ending}.", *damage, *words, again]
    return [
        f"{what}. The host undoes it by itself within seconds;"
        " at once: deploys/undo.py --data undo=again"
    ]


def _person(about: Report) -> str:
    return f"{about.get('operator') or 'somebody'}@{about.get('controller') or 'somewhere'}"


def _serves(report: Report) -> str:
    found = report["serves"]
    if found is None:
        return "nothing was released yet"
    since = f" for {age(found['since_seconds'])}" if found["since"] else ", never committed"
    answers = "answers" if report["answers"] else "DOES NOT ANSWER"
    return f"{found['release']}{since}; {answers}"


def _schema(revisions: list[str] | None) -> str:
    if revisions is None:
        return "no database"
    return ", ".join(revisions) or "none"


def _backup(report: Report) -> str:
    found = report["backup"]
    if found is None:
        has_data = report["schema"] is not None or (report["serves"] and report["schema_unknown"])
        return "none" if has_data else "nothing to back up"
    schema = "unknown" if found["schema"] is None else _schema(found["schema"])
    return f"{age(found['age_seconds'])} old, verified, of {found['release']} with schema {schema}"


def _certificate(found: Report) -> str:
    if found["kind"] is None:
        return "no certificate yet"
    left = found["left_seconds"]
    good = f"good for {age(left)}" if left > 0 else f"ENDED {age(-left)} ago"
    return f"{found['kind']}, {good}, for {' '.join(found['names'])}"


def _room(report: Report) -> str:
    disk = report["disk"]
    allowed = f" of {disk['budget_megabytes']}" if disk["budget_megabytes"] else ""
    size = disk["database_megabytes"]
    return (
        f"{disk['taken_megabytes']}{allowed} MB taken by releases and backups,"
        f" {'an unknown number of' if size is None else size} MB by the database"
    )


def _once(one: Report, clock: int) -> str:
    if one["outcome"] is None:
        return f"{one['name']}: has not run yet"
    since = age(seconds_since(one["ended"] or one["began"], clock))
    if one["outcome"] == BEGAN:
        return f"{one['name']}: BEGAN {since} ago; runs still, or UNKNOWN how far it came"
    return f"{one['name']}: {one['outcome'].replace(FAILED, FAILED.upper())} {since} ago"


def _record(record: Report, clock: int) -> str:
    to = (record.get("to") or {}).get("release") or "?"
    away = record.get("away_seconds") or 0
    parts = [
        f"{age(seconds_since(record.get('ended'), clock))} ago",
        f"{record.get('kind', 'release')} {record.get('outcome')}",
        to,
        f"{record.get('seconds', 0):.0f} s" + (f", {away:.0f} s away" if away else ""),
        _person(record),
    ]
    parts += [str(record["why"]).splitlines()[0]] if record.get("why") else []
    return "; ".join(parts)
