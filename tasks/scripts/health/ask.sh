# the bypass reaches curl over stdin, so that the secret is never on a command line
with_bypass=
bypass_cookie() {
    [ -z "$with_bypass" ] || sed -nE "s/^\"([^\"]+)\".*/cookie = \"changeover_bypass_$app=\1\"/p" "$bypass"
}
ask() { bypass_cookie | curl -s -m 5 -K - -w '\n%{http_code}' "$@" "$url"; }
well() { # ANSWER
    python3 -c 'import json, sys
body, _, status = sys.argv[1].rpartition("\n")
try: about = json.loads(body)
except ValueError: about = {}
about = about if isinstance(about, dict) else {}
wrong = [] if status == "200" else [f"status {status}"]
wrong += [f"{key} {about.get(key)!r} instead of {value!r}" for key, value in json.loads(sys.argv[2]).items() if about.get(key) != value]
sys.exit(", ".join(wrong) or None)' "$1" "$expected"
}
try() { # NAME CURL-ARGUMENTS...
    local name=$1 answer; shift
    while :; do
        answer=$(ask "$@" || true)
        ! said=$(well "$answer" 2>&1) || return 0
        [ "$SECONDS" -lt "$deadline" ] || break
        sleep 0.2
    done
    echo "$name is not healthy after ${deadline} s: $said" >&2
    echo "the last lines of $unit:" >&2
    journalctl -q -u "$unit" -n 30 --no-pager -o cat >&2 || true
    return 1
}
