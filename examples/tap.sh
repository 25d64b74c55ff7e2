#!/usr/bin/env bash
# Runs a command in a network namespace of its own with a TAP device, so that the
# kernel's clients can reach a stack on it. Needs root, ip (iproute2) and unshare
# (util-linux). The namespace and all in it are gone when the command ends.
#
#   sudo examples/tap.sh                   a shell, to look around
#   sudo examples/tap.sh COMMAND...        that command
#
# In there the kernel is 192.168.69.100 and fd00:69::100 on tap0. A try:
#
#   amphi echo --stack tap --tap tap0 --address 192.168.69.1/24 &
#   nc 192.168.69.1 10000
#   amphi multicast-send --interface tap0
set -euo pipefail

if [ "$(id -u)" -ne 0 ]; then
    echo "tap.sh: error: needs root, to make a network namespace and a TAP device" >&2
    exit 2
fi
for tool in ip unshare; do
    command -v "$tool" >/dev/null || {
        echo "tap.sh: error: needs $tool" >&2
        exit 2
    }
done

if [ "${1-}" != --inside ]; then
    exec unshare --net --kill-child --fork -- "${BASH_SOURCE[0]}" --inside "$@"
fi
shift

ip link set lo up
# Made beforehand, so that its addresses are there before the stack is.
ip tuntap add mode tap name tap0
ip link set tap0 up
ip address add 192.168.69.100/24 dev tap0
ip -6 address add fd00:69::100/64 dev tap0 nodad
# Replies to groups come back through tap0, and groups go there.
ip route add 224.0.0.0/4 dev tap0

[ "$#" -gt 0 ] || set -- "${SHELL:-bash}"
"$@"
