"""Names of sites are spelt as nginx, certbot and browsers spell them, or are refused."""

import pytest

from changeover.settings.load import SettingsError, load_values
from changeover.settings.names import host_name


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("play.example", "play.example"),
        ("Play.EXAMPLE", "play.example"),
        ("play.example.", "play.example"),
        ("*.Play.example", "*.play.example"),
        ("m\u00fcnchen.example", "xn--mnchen-3ya.example"),
        ("M\u00dcNCHEN.example", "xn--mnchen-3ya.example"),
        ("\u4f8b\u3048\u3002\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"),
        ("XN--Mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("my_app.example", "my_app.example"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_a_name_is_spelt_as_it_has_to_be(given: str, spelt: str) -> None:
    assert host_name(given) == spelt


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "http://play.example", "play.example:8080", "play .example", "play..example"),
        *("-play.example", "play;}", "*", "a.*.example", "x" * 64, "a." * 130 + "a"),
    ],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a host name or an address"):
        host_name(name)


@pytest.mark.parametrize(
    "name", ["stra\u00dfe.example", "\u03c3\u03c2.example", "a\u200db.example"]
)
def test_what_two_standards_spell_in_two_ways_is_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match="write it as its registrar shows it") as refused:
        host_name(name)

    assert name not in str(refused.value)


def test_settings_have_it_so() -> None:
    data = {"play_repository": "https://git.example/play.git", "play_domain": "Play.Example"}

    values = load_values("play", data | {"play_aliases": ["M\u00fcnchen.example"]})

    assert (values.domain, values.aliases) == ("play.example", ["xn--mnchen-3ya.example"])
    with pytest.raises(SettingsError, match=r"play_domain: .*registrar"):
        load_values("play", data | {"play_domain": "stra\u00dfe.example"})
