# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of Debian in a guest, which has none and no disk to keep them."""
from xenbed.wait import wait_until

PORT = 9100


def install(guest, program):
    """Unpack what debian_program.sh made; it comes over the network."""
    host = guest.host
    sender = host.start(f"exec socat -u FILE:/build/bench/{program}.tar "
                        f"TCP-LISTEN:{PORT},bind={host.ip},reuseaddr")
    try:
        wait_until(lambda: not host.run(
            f"ss -ltn | grep -q {host.ip}:{PORT}").status, 30,
            f"the sender of {program} to listen", sender.output)
        guest.run(f"nc {host.ip} {PORT} | tar -x -C /", check=True)
    finally:
        sender.forget()
