stuck() {
    if [ -z "$manifest" ]; then
        fail "migration $1 failed; there was no database before, and the old release goes on serving"
    fi
    fail "migration $1 failed; the site stays closed and $app stays stopped, so nothing is written.
Way back, to the database as it was before the first step, with the verified backup:
  $programs/sqlite_backup restore --manifest $manifest --database $database
  rm $quiesced && systemctl reset-failed $app.socket $app.service; systemctl start $app.socket $app.service && rm $maintenance
Or mend the migration and release again."
}
