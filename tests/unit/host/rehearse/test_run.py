"""A rehearsal hears the engine's own lines, and no others."""

from pathlib import Path

from changeover.host.rehearse.run import Engine

SCRIPT = """
printf '@@step 0009\\n@@step mark 0009\\nno end'
printf "\\n@@step $1 0001\\n"
read -r _
echo '@@also 0009'
echo '@@now rehearsing 9 of 9: 0009' >&2
exit 3
"""


def test_only_lines_with_the_mark_tell_a_step(tmp_path: Path) -> None:
    engine = Engine(SCRIPT, "", tmp_path / "log")

    with engine.at_work(lambda: None):
        assert engine.step == "0001"
        engine.take(lambda: None)
        assert engine.step == ""
        assert engine.failed

    assert engine.said() == " @@now rehearsing 9 of 9: 0009"
