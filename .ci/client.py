"""Client of a running `amphi echo`: TCP echo, UDP echo, and the multicast answer.

Usage: client.py wait|check ADDRESS:PORT GROUP:PORT

`wait` returns when the server accepts a connection, and fails when it never
does. `check` fails at the first answer that is not what was asked for. Groups
are reached through the loopback interface only.
"""

import socket
import sys
import time

MESSAGE = b"This is the message.  It will be repeated."
LONG = bytes(range(256)) * 4096
LOOPBACK = socket.inet_aton("127.0.0.1")
PATIENCE = 10
TRIES = 200


def wait(echo):
    """Connects until the server accepts, at most TRIES times."""
    for _ in range(TRIES):
        try:
            socket.create_connection(echo, timeout=PATIENCE).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise SystemExit(f"nobody accepts at {echo}")


def exchange(stream, octets):
    """Sends `octets` and returns as many as come back."""
    answer = bytearray()
    for start in range(0, len(octets), 8192):
        piece = octets[start : start + 8192]
        stream.sendall(piece)
        end = len(answer) + len(piece)
        while len(answer) < end:
            more = stream.recv(end - len(answer))
            if not more:
                raise SystemExit("TCP echo ended early")
            answer += more
    return bytes(answer)


def check_tcp(echo):
    with socket.create_connection(echo, timeout=PATIENCE) as stream:
        for octets in (MESSAGE, LONG):
            expect("TCP echo", exchange(stream, octets), octets)
        stream.shutdown(socket.SHUT_WR)
        expect("end of TCP echo", stream.recv(1), b"")


def check_udp(echo):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(echo)
        for octets in (MESSAGE, b"", bytes(9000)):
            client.send(octets)
            expect("UDP echo", client.recv(65535), octets)


def check_group(group):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
        client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        client.sendto(MESSAGE, group)
        expect("answer of the group", client.recv(65535), b"ack")
        client.settimeout(0.2)
        try:
            raise SystemExit(f"the group answered twice: {client.recv(65535)}")
        except TimeoutError:
            pass


def expect(what, got, wanted):
    if got != wanted:
        raise SystemExit(f"{what}: {len(got)} octets, not the {len(wanted)} wanted")


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main(command, echo, group):
    echo = address(echo)
    if command == "wait":
        return wait(echo)
    check_tcp(echo)
    check_udp(echo)
    check_group(address(group))


if __name__ == "__main__":
    main(*sys.argv[1:])
