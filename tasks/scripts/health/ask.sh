# the bypass reaches curl over stdin, so that the secret is never on a command line
with_bypass=
bypass_cookie() {
    [ -z "$with_bypass" ] || sed -nE "s/^\"([^\"]+)\".*/cookie = \"changeover_bypass_$app=\1\"/p" "$bypass"
}
ask() { bypass_cookie | curl -s -m 5 -K - -w '\n%{http_code}' "$@" "$url"; }
# says what is wrong with the answer on stdin; of an app, so only so much of it is read
well() {
    python3 -c 'import json, sys
answer = sys.stdin.buffer.read((1 << 20) + 1)
if len(answer) > 1 << 20: sys.exit("an answer of over 1 MiB")
body, _, status = answer.decode(errors="replace").rpartition("\n")
try: about = json.loads(body)
except (ValueError, RecursionError): about = {}
about = about if isinstance(about, dict) else {}
wrong = [] if status == "200" else [f"status {status}"]
wrong += [f"{key} {about.get(key)!r:.99} instead of {value!r}" for key, value in json.loads(sys.argv[1]).items() if about.get(key) != value]
sys.exit(", ".join(wrong) or None)' "$expected"
}
try() { # NAME CURL-ARGUMENTS...
    # from here on: whatever was done before has had its own time
    local name=$1 end=$((SECONDS + deadline)); shift
    while :; do
        # an answer that does not end within curl's time is none
        ! said=$(ask "$@" | well 2>&1) || return 0
        [ "$SECONDS" -lt "$end" ] || break
        sleep 0.2
    done
    echo "$name is not healthy after ${deadline} s: ${said:-its answer does not end}" >&2
    echo "the last lines of $unit:" >&2
    journalctl -q -u "$unit" -n 30 --no-pager -o cat >&2 || true
    return 1
}
