# Removes the files that earlier sites of the app included.
# Given: app, folder, include.
find "$folder" -maxdepth 1 -name "$app-*.conf" ! -path "$include" -delete 2> /dev/null || true
