"""The servers to compare with: Python's own, one line a connection."""
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())


BASES = {
    "threads": socketserver.ThreadingTCPServer,
    "forks": socketserver.ForkingTCPServer,
}


class Server(BASES[sys.argv[1]]):
    request_queue_size = 1024
    daemon_threads = True
    block_on_close = False
    max_children = 64


with Server(("127.0.0.1", 0), Handler) as server:
    print("%s:%d" % server.server_address, flush=True)
    server.serve_forever()
