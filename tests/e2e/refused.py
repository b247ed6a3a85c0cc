"""Settings that are refused, and what is said of each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """Settings that are refused, and what each line says of it."""

    name: str
    says: tuple[str, ...]
    ref: str = "v3"
    data: dict[str, str] = field(default_factory=dict)


DATABASE_INSIDE = Refusal(
    "a database inside the release",
    ("DATABASE_URL: is inside the release", "add 'playmaker.db' to playmaker_shared"),
    data={"playmaker_shared": "[]"},
)
DISK_FULL = Refusal(
    "too little room",
    ("disk: ", "playmaker_minimum_free_megabytes asks for 99999999; make room"),
    data={"playmaker_minimum_free_megabytes": "99999999"},
)
BEYOND_BUDGET = Refusal(
    "more than the disk budget",
    (
        "disk budget: ",
        " MB have to stay (what serves, the last good backup) and this release needs about ",
        "playmaker_disk_budget_megabytes allows 1; raise it to ",
    ),
    data={"playmaker_disk_budget_megabytes": "1"},
)
UNKNOWN_REF = Refusal(
    "an unknown ref", ("playmaker_ref: nonesuch is neither a branch nor a tag",), ref="nonesuch"
)
REFUSALS = (
    UNKNOWN_REF,
    DATABASE_INSIDE,
    DISK_FULL,
    BEYOND_BUDGET,
    Refusal(
        "a ref that pyinfra took for a number",
        ("playmaker_ref: expected a string, found float", "--data 'playmaker_ref=\"12e4567\"'"),
        ref="12e4567",
    ),
    Refusal(
        "a misspelt setting",
        ("playmaker_kep_releases: unknown setting; did you mean playmaker_keep_releases?",),
        data={"playmaker_kep_releases": "5"},
    ),
    Refusal(
        "a database that the ref does not know",
        (
            "database: is at 0001, which v1 does not know",
            "another that served here: deploys/rollback.py --data rollback_to=",
        ),
        ref="v1",
    ),
    Refusal(
        "several problems at once",
        UNKNOWN_REF.says + DATABASE_INSIDE.says + DISK_FULL.says,
        ref="nonesuch",
        data=DATABASE_INSIDE.data | DISK_FULL.data,
    ),
)
