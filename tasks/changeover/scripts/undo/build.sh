# Undoes the place of a build: the release shows the one from before.
# Given: build, link, output, programs, release_path.
if [ -n "$build" ]; then
    "$programs/sandbox" place "$release_path" "$output" "$build"
else
    # as an earlier version of Changeover showed it
    "$programs/sandbox" forget "$release_path"
    "$programs/sandbox" link "$release_path" "$output" "$link"
fi
