make_shared
make_links "$release_path"
