# Runs one-time commands, which the ledger notes before they begin.
# Given: app, asked, programs.
"$programs/changeover" once "$app" <<< "$asked"
