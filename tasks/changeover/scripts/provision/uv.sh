# Installs uv.
# Given: shared_lock, uv, version.
make_alone "$shared_lock"
if [ "$("$uv/bin/uv" --version 2> /dev/null | cut -d' ' -f2)" != "$version" ]; then
    # Debian's pip, unpacked: venv's own way to have one takes longer than all else here
    python3 -m venv --clear --without-pip "$uv"
    wheels=(/usr/share/python-wheels/pip-*.whl)
    python3 -m zipfile -e "${wheels[0]}" "$uv"/lib/python3*/site-packages
    "$uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$version"
fi
