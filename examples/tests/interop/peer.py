"""The other side of the programs, in CPython: one role for each.

    python3 peer.py ROLE [ADDRESS PORT | PATH]

A server prints its port (or "ready") on a line of its own before anything else, serves
one client and ends. What arrives is printed in hexadecimal; what is not as it must be
ends with a traceback.
"""

import contextlib
import os
import select
import selectors
import socket
import socketserver
import struct
import sys

MESSAGE = b"This is the message.  It will be repeated."
RECORD = struct.Struct("I 2s f")
VALUES = (1, b"ab", 2.7)
PATIENCE = 20
socket.setdefaulttimeout(PATIENCE)


def told(line):
    print(line, flush=True)


def received(data):
    told(data.hex())


def listening():
    server = socket.create_server(("127.0.0.1", 0))
    told(server.getsockname()[1])
    return server


def echo(connection):
    with connection:
        while data := connection.recv(16):
            connection.sendall(data)


def read_all(sock, amount):
    data = b""
    while len(data) < amount and (piece := sock.recv(1024)):
        data += piece
    return data


def converse(sock):
    """Sends the message, and reads it back."""
    with sock:
        sock.sendall(MESSAGE)
        received(read_all(sock, len(MESSAGE)))


def tcp_server(clients="1"):
    with listening() as server:
        socks = [server.accept()[0] for _ in range(int(clients))]
        for sock in socks:
            echo(sock)


def selectors_server():
    with listening() as server, selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(PATIENCE):
                if key.fileobj is server:
                    connection, _ = server.accept()
                    selector.register(connection, selectors.EVENT_READ)
                elif data := key.fileobj.recv(1024):
                    key.fileobj.sendall(data)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    return


def select_server(clients="1"):
    left = int(clients)
    with listening() as server:
        inputs = [server]
        while left:
            readable, _, _ = select.select(inputs, [], [], PATIENCE)
            for sock in readable:
                if sock is server:
                    inputs.append(server.accept()[0])
                elif data := sock.recv(1024):
                    sock.sendall(data)
                else:
                    inputs.remove(sock)
                    sock.close()
                    left -= 1


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        echo(self.request)


def socketserver_server():
    with socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
        told(server.server_address[1])
        server.handle_request()


def tcp_client(host, port):
    converse(socket.create_connection((host, int(port))))


def poll_client(host, port):
    """As the client above, but waits for what it may do."""
    sock = socket.create_connection((host, int(port)))
    sock.setblocking(False)
    poller = select.poll()
    poller.register(sock, select.POLLIN | select.POLLOUT)
    outgoing, incoming = MESSAGE, b""
    with sock:
        while len(incoming) < len(MESSAGE):
            for _, flags in poller.poll(PATIENCE * 1000):
                if flags & select.POLLIN:
                    incoming += sock.recv(1024)
                if flags & select.POLLOUT and outgoing:
                    outgoing = outgoing[sock.send(outgoing[:7]) :]
                if not outgoing:
                    poller.modify(sock, select.POLLIN)
    received(incoming)


def udp_server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        told(sock.getsockname()[1])
        data, client = sock.recvfrom(4096)
        received(data)
        sock.sendto(data, client)


def udp_client(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(MESSAGE, (host, int(port)))
        received(sock.recvfrom(4096)[0])


def uds_server(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(1)
        told("ready")
        echo(server.accept()[0])
    os.unlink(path)


def uds_client(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    converse(sock)


def group_member(group, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((group, int(port)))
        membership = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        told("ready")
        data, sender = sock.recvfrom(1024)
        received(data)
        sock.sendto(b"ack", sender)


def group_sender(group, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        sock.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1")
        )
        sock.sendto(b"very important data", (group, int(port)))
        received(sock.recvfrom(16)[0])


def record_server():
    with listening() as server:
        connection, _ = server.accept()
        with connection:
            data = read_all(connection, RECORD.size)
    received(data)
    told(RECORD.unpack(data))


def record_client(host, port):
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(RECORD.pack(*VALUES))


def names():
    told(socket.gethostname())
    told(f"{'localhost':>18} : {socket.getfqdn('localhost')}")
    name, aliases, addresses = socket.gethostbyaddr("127.0.0.1")
    told(f"Hostname : {name}")
    told("Aliases  : [" + ", ".join(f'"{alias}"' for alias in aliases) + "]")
    told("Addresses: [" + ", ".join(dict.fromkeys(addresses)) + "]")


if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    with contextlib.suppress(BrokenPipeError):
        globals()[role.replace("-", "_")](*arguments)
