"""Start the package whose text comes on stdin, in a line; the lines after it are the package's."""

import sys

try:
    import base64
    import importlib
    import json
    import zlib
    from importlib.machinery import ModuleSpec

    if sys.version_info < (3, 11):
        raise ImportError
except ImportError:
    sys.exit(3)


class Sent:
    """Finds and loads what was sent."""

    def __init__(self, files):
        self.files = files

    def find_spec(self, name, path=None, target=None):
        file = name.replace(".", "/")
        for known in (f"{file}/__init__.py", f"{file}.py"):
            if known in self.files:
                return ModuleSpec(name, self, origin=known, is_package=known != f"{file}.py")
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file = module.__spec__.origin
        exec(compile(self.files[file], file, "exec"), module.__dict__)


line = sys.stdin.buffer.readline()
sys.meta_path.insert(0, Sent(json.loads(zlib.decompress(base64.b64decode(line)))))
try:
    package = importlib.import_module("host.probe.cli")
    package.main(sys.argv[1:], sys.stdin.buffer.read())
except ImportError as error:
    if str(error.name).startswith("host"):
        raise
    sys.exit(3)  # a small Python has not all that belongs to it
