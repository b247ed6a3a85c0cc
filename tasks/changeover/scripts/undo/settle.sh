# Ends every undo: the app runs and serves as it did before.
# Given: asked, maintenance, programs, quiesced, serving, was_active, was_closed, was_stopped.
! touched service.install || reload_processes
if touched site.publish; then
    state=$(systemctl show -p ActiveState --value nginx.service)
    if [[ $state != inactive && $state != failed ]]; then
        said=$(nginx -t -q 2>&1) || fail "nginx refuses its configuration: $said"
        reload_nginx
    fi
fi
rm -f "$quiesced"; sync "$(dirname "$quiesced")"
if [ -n "$serving" ] && [ -n "$was_active" ] && touched service.quiesce migrate.forward activate.release service.install service.restart; then
    ! touched service.install || stop_processes
    started_at=$(date +%s.%N)
    start_processes
    [ -z "$asked" ] || "$programs/expect" health app --since "$started_at" <<< "$asked"
fi
# what did not run before does not run now: what the release started has its code no more
if [ -n "$serving" ] && [ -z "$was_active" ] && touched service.restart; then
    stop_processes
    # it was about to start, and may try again
    [ -n "$was_stopped" ] || (start_processes) || true
fi
# last: whoever comes in from here on finds the app well
[ -n "$was_closed" ] || { rm -f "$maintenance"; sync "$(dirname "$maintenance")"; }
