"""Large objects of any size have a digest, those beyond what a value may hold in pieces."""

from collections.abc import Callable

from changeover.host.postgres.access import access_to
from changeover.host.postgres.content import digest, large_objects
from changeover.host.postgres.reach import read_address
from changeover.host.postgres.session import session
from tests.unit.host.postgres.cluster import Shop

PIECES = large_objects(whole=1000, piece=700)
MAKE = "SELECT lo_from_bytea({oid}, decode(repeat('{byte}', {size}), 'hex'))"


def seen(shop: Shop, whole: int = 1000, piece: int = 700) -> tuple[int, str]:
    access = access_to(read_address(shop.environment, "DATABASE_URL"), "postgres")
    with session(access, shop.name) as connection:
        found = digest(connection, large_objects(whole, piece))
    return found["rows"], found["digest"]


def test_each_byte_counts_in_pieces_too(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop("; ".join(MAKE.format(oid=n, byte="ab", size=n * 700) for n in (1, 2, 3)))
    before = seen(shop)
    assert before[0] == 3

    for change, back in (("x", "\\xab"), ("yy", "\\xabab")):
        for place in (0, 699, 700, 1400, 2098):
            shop.sql(f"SELECT lo_put(3, {place}, '{change}')")
            assert seen(shop) != before, place
            shop.sql(f"SELECT lo_put(3, {place}, '{back}')")
            assert seen(shop) == before, place
    shop.sql("SELECT lo_put(3, 2100, 'z')")
    assert seen(shop) != before, "one byte more"


def test_what_a_value_can_hold_has_the_digest_that_it_always_had(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(MAKE.format(oid=5, byte="cd", size=1000) + "; SELECT lo_create(6)")

    assert seen(shop, whole=1000) == seen(shop, whole=10**6)
    assert seen(shop, whole=999) != seen(shop, whole=1000)


def test_a_backup_carries_one_in_pieces(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(MAKE.format(oid=7, byte="ef", size=5000))
    small = "postgres_content._LARGE = postgres_content.large_objects(1000, 700)"

    done = shop.patched(small, "backup", *shop.backup_words())

    assert done.returncode == 0, done.stderr
