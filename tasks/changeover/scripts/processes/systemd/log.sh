# A function that prints the last lines of the app's log since its start.
# Given: marked, services.
started_at=
last_lines() {
    echo "the last lines of ${services[*]} since this start:" >&2
    journalctl -q "${services[@]/#/--unit=}" -n 300 -o json --output-fields=MESSAGE,_SYSTEMD_INVOCATION_ID,INVOCATION_ID,_SYSTEMD_UNIT,UNIT | python3 -IS -c 'import json, sys
marked, started, *units = sys.argv[1:]
try:
    with open(marked) as file: noted = json.load(file)
except (OSError, ValueError): noted = {}
since = float(started or noted.get("at", 0))
old = set() if started else {*noted.get("invocations", ()), noted.get("invocation", "")} - {""}
lines = []
for text in sys.stdin.buffer:
    try: entry = json.loads(text)
    except (ValueError, RecursionError): continue
    if old & {str(entry.get("_SYSTEMD_INVOCATION_ID")), str(entry.get("INVOCATION_ID"))}: continue
    if int(entry.get("__REALTIME_TIMESTAMP", 0)) < since * 1000000: continue
    said = entry.get("MESSAGE")
    said = bytes(said).decode(errors="replace") if isinstance(said, list) else said
    who = entry.get("UNIT") or entry.get("_SYSTEMD_UNIT")
    lines.append((f"{who}: " if len(units) > 1 else "") + ("(a line of over 4 KiB)" if said is None else said))
print("\n".join(lines[-30:]) or "(it said nothing)")' "$marked" "$started_at" "${services[@]}" >&2 || true
}
