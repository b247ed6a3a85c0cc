# A function that starts a process which outlives the release's scope.
# Given: nothing.
# has PID 1 start a command that stays in the foreground, in a unit that belongs to no release: all that a step
# starts by itself is killed with the release's scope, also when it is committed
start_outside() { # UNIT [OPTION OF SYSTEMD-RUN...] -- COMMAND...
    systemd-run --quiet --collect --service-type=exec --unit="$1" "${@:2}"
}
