"""Beside what pyproject.toml says: a package that is built knows the commit that it was made from."""

from __future__ import annotations

import os
import runpy

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "emu")
# Not imported: emu need not be importable where it is built.
build = runpy.run_path(os.path.join(PACKAGE, "gateway", "build.py"))


class BuildWithOrigin(build_py):
    """Builds the modules. An editable installation is a checkout, and stays as it is."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            build["note"](os.path.join(self.build_lib, "emu"), build["find"](PACKAGE))


class SourcesWithOrigin(sdist):
    """Packs the sources, from which packages are built where there is no git."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        build["note"](os.path.join(base_dir, "emu"), build["find"](PACKAGE))


setup(cmdclass={"build_py": BuildWithOrigin, "sdist": SourcesWithOrigin})
