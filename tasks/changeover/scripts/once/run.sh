"$programs/changeover" once "$app" <<< "$asked"
