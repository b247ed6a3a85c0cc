own_processes | "$programs/expect" code --root "$root" --release "$release"
