"""The kernel's TCP, UDP and multicast against `amphi echo --stack tap`.

Usage: tap.py ADDRESS GROUP PORT INTERFACE

Both families. Fails at the first octet that is not what was sent, and prints how
long connects took. To be run in the namespace of examples/tap.sh.
"""

import random
import socket
import struct
import sys
import time

PATIENCE = 10
TRANSFERS = 100
MTU = 1500


def connect(echo):
    """A connection, and how long it took, in milliseconds."""
    start = time.perf_counter()
    stream = socket.create_connection(echo, timeout=PATIENCE)
    return stream, (time.perf_counter() - start) * 1000


def first(echo):
    """The first connect, with the neighbour still unknown, once the server listens."""
    for _ in range(200):
        try:
            return connect(echo)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nobody accepts at {echo}")


def transfer(stream, octets):
    """Sends all of `octets` while it reads them back, and then the end."""
    answer = bytearray()
    stream.setblocking(False)
    sent, end = 0, time.monotonic() + PATIENCE
    while len(answer) < len(octets):
        if time.monotonic() > end:
            raise SystemExit(f"{len(answer)} of {len(octets)} octets came back in time")
        moved = False
        try:
            if sent < len(octets):
                sent += stream.send(octets[sent : sent + 65536])
                moved = True
                if sent == len(octets):
                    stream.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        try:
            more = stream.recv(65536)
            if not more:
                raise SystemExit(f"end after {len(answer)} of {len(octets)} octets")
            answer += more
            moved = True
        except BlockingIOError:
            pass
        if not moved:
            time.sleep(0.0005)
    stream.settimeout(PATIENCE)
    expect("end of TCP echo", stream.recv(1), b"")
    expect("TCP echo", bytes(answer), octets)


def check_tcp(echo):
    stream, took = first(echo)
    stream.close()
    times = []
    chance = random.Random(1)
    total = 0
    for _ in range(TRANSFERS):
        stream, time_taken = connect(echo)
        times.append(time_taken)
        octets = chance.randbytes(1 + chance.randrange(50_000))
        total += len(octets)
        with stream:
            transfer(stream, octets)
    times.sort()
    print(
        f"{TRANSFERS} transfers, {total} octets, byte-exact; connect: first {took:.1f} ms, "
        f"then median {times[len(times) // 2]:.2f} ms, longest {times[-1]:.1f} ms"
    )
    if took > 900:
        raise SystemExit("the first connect waited for a retransmission")


def check_udp(echo, family, headers):
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(echo)
        for size in (0, 1, 2, 511, 512, 1000, MTU - headers):
            octets = random.randbytes(size)
            client.send(octets)
            expect("UDP echo", client.recv(65535), octets)


def check_group(group, family, interface):
    index = socket.if_nametoindex(interface)
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        if family == socket.AF_INET6:
            client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            # struct ip_mreqn: group, address, index (ip(7)).
            option = struct.pack("4s4si", bytes(4), bytes(4), index)
            client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, option)
        for _ in range(10):
            client.sendto(b"hello, group", group)
            expect("answer of the group", client.recv(65535), b"ack")
        client.settimeout(0.2)
        try:
            raise SystemExit(f"the group answered twice: {client.recv(65535)}")
        except TimeoutError:
            pass


def expect(what, got, wanted):
    if got != wanted:
        raise SystemExit(f"{what}: {len(got)} octets, not the {len(wanted)} wanted")


def main(address, group, port, interface):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    headers = 48 if ":" in address else 28
    echo = (address, int(port))
    check_tcp(echo)
    check_udp(echo, family, headers)
    check_group((group, int(port)), family, interface)


if __name__ == "__main__":
    main(*sys.argv[1:])
