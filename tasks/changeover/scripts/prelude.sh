# What every script begins with: it stops at the first error. Also functions for whole files and links.
# Given: nothing.
set -euo pipefail
shopt -s inherit_errexit # else what fails within $(...) goes on, and its silence is taken for an answer
umask 022
cd /
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # a login shell may lack some
fail() { printf '%s\n' "$*" >&2; exit 1; }
# stdin to a file, whole or not at all; the mode and owner are right before it has its name
install_file() { # PATH MODE OWNER
    local new; new=$(mktemp "$1.changeover.XXXXXXXX"); cat > "$new"
    # the owner last: who owns it could put something else in its place
    sync "$new"; chmod "$2" "$new"; chown -h "$3" "$new"; mv -fT "$new" "$1"; sync "$(dirname "$1")"
}
# a symbolic link, switched by one rename
switch_link() { # TARGET LINK
    local new; new=$(dirname "$2")/.$(basename "$2").changeover.$$; ln -sfn "$1" "$new"; mv -fT "$new" "$2"; sync "$(dirname "$2")"
}
