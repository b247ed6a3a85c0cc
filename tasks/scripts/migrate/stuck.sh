stuck() { # STEP
    tail -n 6 "$log" >&2
    echo "migration $1 failed; all it said is in $log" >&2
    [ -n "$restore_point" ] || fail "There was no database before, and the old release goes on serving: mend the migration and release again."
    fail "The site stays closed and $app stays stopped, so nothing is written. The way back, as root,
to the database as it was with the release that served, from its verified backup:
  $programs/sqlite_backup restore --manifest $restore_point --database $database
  rm $quiesced; systemctl reset-failed $app.socket $app.service; systemctl start $app.socket $app.service
  rm $maintenance
Or mend the migration and release again."
}
