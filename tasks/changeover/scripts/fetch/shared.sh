# Links the shared paths of a release again.
# Given: release_path.
make_shared
make_links "$release_path"
