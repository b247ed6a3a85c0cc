# Functions for tools that print much: shows what they said only if they fail.
# Given: nothing.
# a tool that says much when all is well: where it fails, what it said of that is shown, and how it ended
quietly() { # COMMAND...
    local said status=0
    said=$("$@" 2>&1 | tail -c 1048576) || status=$?
    [ "$status" = 0 ] || { essence <<< "$said" >&2; return "$status"; }
}
# of apt and dpkg the lines before each error, in which a package says what went wrong; of all tools the last ones
essence() {
    awk '{ line[NR] = $0 }
        /^(dpkg: error|dpkg: warning|E: |W: |Err:)/ { for (at = NR - 8; at <= NR + 2; at++) kept[at] = 1 }
        END { for (at = 1; at <= NR; at++) if (kept[at] || at > NR - 5) print line[at] }' | tail -n 60
}
