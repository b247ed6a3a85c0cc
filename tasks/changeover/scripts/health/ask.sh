# Asks the program expect something: whether the app is well, or what is seen of it.
# Given: asked, programs, words.
"$programs/expect" "${words[@]}" <<< "$asked"
