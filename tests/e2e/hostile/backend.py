"""A package's own way to build itself: whatever it is, it runs when the package is installed."""

import glob
import subprocess
import zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    (environment,) = glob.glob("/srv/playmaker/environments/python-*")
    subprocess.run(["sh", "attack.sh", f"{environment}/attacked"], check=False)
    name, info = "hostile-1-py3-none-any.whl", "hostile-1.dist-info"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: hostile\nVersion: 1\n")
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nTag: py3-none-any\nGenerator: x\nRoot-Is-Purelib: true\n",
        )
        wheel.writestr(f"{info}/RECORD", "")
    return name
