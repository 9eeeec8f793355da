# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a benchmark that the command line asks for."""


def parse(parser, known):
    """Parse a command line whose other words name parts; return the options."""
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=f"of {' '.join(known)}; default: all")
    options = parser.parse_args()
    options.parts = options.parts or known
    unknown = set(options.parts) - set(known)
    if unknown:
        parser.error(f"there is no part {' '.join(unknown)}")
    return options
