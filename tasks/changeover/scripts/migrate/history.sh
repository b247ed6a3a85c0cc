# Asks the release for its migrations, and writes them beside its code.
# Given: candidate, engine, env_file, history, marker, release_path.
environment=$candidate; [ -f "$environment" ] || environment=$env_file
cd "$release_path"
# the commit's own code prints it: of that only so much is kept
status=0
{ tell_history 2>&1 >&3 3>&- | tail -c 65536 > "$history.said"; } 3>&1 | head -c 4194305 > "$history.told" || status=$?
if [ $status -ne 0 ]; then
    [ "$(stat -c %s "$history.told")" -le 4194304 ] || fail "$engine tells more than 4 MiB of the release's migrations: what does the commit print there?"
    tail -n 12 "$history.said" >&2
    [ $status -eq 4 ] || fail "$engine cannot tell the release's migrations: what it says of $marker is above"
    exit 1
fi
python3 -IS - "$history.told" "$engine" > "$history.new" <<'PYTHON' || fail "what $engine tells of the release's migrations makes no sense: what does the commit print there?"
import json, sys
with open(sys.argv[1], "rb") as file:
    told = [line[10:] for line in file.read().split(b"\n") if line.startswith(b"@@history ")]
def are_texts(found):
    return isinstance(found, list) and all(isinstance(one, str) for one in found)
def is_step(step):
    texts = are_texts([step["id"], step["title"], step.get("checksum", "")]) and are_texts(step["after"]) and are_texts(step.get("replaces", []))
    return texts and isinstance(step.get("reversible", True), bool)
try:
    if len(told) != 1:
        sys.exit(f"there are {len(told)} lines with @@history instead of one")
    found = json.loads(told[0])
    if not isinstance(found["steps"], list) or not all(map(is_step, found["steps"])):
        sys.exit("it is no list of steps with id, after and title")
    if isinstance(found.get("says"), str):
        sys.stderr.write(found["says"])
    print(json.dumps({"steps": found["steps"], "here": found["here"] is True, "engine": sys.argv[2]}))
except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
    sys.exit(f"it is no list of steps: {type(error).__name__}")
PYTHON
sync "$history.new"
mv -fT "$history.new" "$history"
rm "$history.told" "$history.said"
