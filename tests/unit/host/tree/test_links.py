"""Symbolic links of a commit are told with what they lead to, before anything is touched."""

from tests.unit.host.forge import Files, Link, Module, modules
from tests.unit.host.treeing import Place, looked, parts


def test_links_are_told_with_what_they_lead_to_also_those_of_submodules(
    place: Place,
) -> None:
    repository = place.forge.repository("play")
    library = place.forge.repository("lib")
    inner = library.commit({"x": Link("../a"), "y": "1"})
    files: Files = {".gitmodules": modules(lib="../lib.git"), "lib": Module(inner), "a/b": "1"}
    odd = "/etc/\n\x1b[1m"
    commit = repository.commit({**files, "a/to": Link("b"), "top": Link(odd)})

    first = parts(looked(place, repository, commit))

    assert first["problems"] == []
    assert first["links"] == {"a/to": "b", "top": odd, "lib/x": "../a"}
    assert parts(looked(place, repository, commit)) == first
