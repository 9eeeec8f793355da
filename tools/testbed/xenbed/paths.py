# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are in the tree and under build/."""
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / "build"
IMAGES = BUILD / "images"
BIN = BUILD / "testbed-bin"
DEFAULT_BED = BUILD / "testbed" / "default"

# What a test in a Dom0 sees of BUILD.
DOM0_BUILD = pathlib.PurePosixPath("/build")
