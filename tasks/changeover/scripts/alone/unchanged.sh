# Stops if somebody has changed the app since this run looked at the host.
# Given: app, generation, saw_open, state.
# the same line that the probe takes for the last commit; one that a power cut tore does not end
last=$([ ! -e "$state/ledger.jsonl" ] || grep -aE '^\{.*"outcome": "committed".*\}$' "$state/ledger.jsonl" | tail -n 1 | sed -nE 's/.*"id": "([^"]*)".*/\1/p')
if [ "$last" != "$generation" ]; then
    echo "$app was released by somebody else since this run looked at the host (changeover ${last:-unknown}): nothing was changed; look and run again" >&2
    exit 1
fi
if [ -z "$saw_open" ] && { [ -d "$state/undo.d" ] || [ -d "$state/redo.d" ]; }; then
    echo "a changeover of $app was begun since this run looked at the host, and is open: nothing was changed; see deploys/status.py, then run this again" >&2
    exit 1
fi
