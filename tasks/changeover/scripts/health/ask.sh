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
if status == "000": sys.exit("nobody answers (status 000)")
try: about = json.loads(body)
except (ValueError, RecursionError): about = {}
about = about if isinstance(about, dict) else {}
wrong = [] if status == "200" else [f"status {status}"]
wrong += [f"{key} {about.get(key)!r:.99} instead of {value!r}" for key, value in json.loads(sys.argv[1]).items() if about.get(key) != value]
sys.exit(", ".join(wrong) or None)' "$expected"
}
# what there is to do about an answer, as far as it tells
means() { # SAID HOW
    if [[ $1 == "status 404"* ]]; then
        echo "asked for was $path: is that the health address of this app (Health(path=...) in its deploy file), and does the site lead there (Site(app_paths=...))?"
    elif [[ $1 == "nobody answers"* ]] && [ "$2" = --unix-socket ]; then
        explain_silence
    fi
}
try() { # NAME CURL-ARGUMENTS...
    # from here on: whatever was done before has had its own time
    local name=$1 end=$((SECONDS + deadline)) ended; shift
    ended=$(restarts)
    while :; do
        # an answer that does not end within curl's time is none
        ! said=$(ask "$@" | well 2>&1) || return 0
        [ "$SECONDS" -lt "$end" ] || break
        # who waits is told why at once: it may come up yet, as when its database does
        if [ -n "$ended" ] && [ "$(restarts)" != "$ended" ]; then
            echo "$label has ended, and $engine starts it again; $name is asked for up to ${deadline} s all the same" >&2
            last_lines; ended=
        fi
        sleep 0.2
    done
    echo "$name is not healthy after ${deadline} s: ${said:-its answer does not end}" >&2
    means "$said" "$1" >&2
    last_lines
    return 1
}
