if [ "$("$uv/bin/uv" --version 2> /dev/null | cut -d' ' -f2)" != "$version" ]; then
    python3 -m venv --clear "$uv"
    "$uv/bin/pip" install --quiet --disable-pip-version-check "uv==$version"
fi
