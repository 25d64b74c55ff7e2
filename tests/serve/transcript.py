#!/usr/bin/env python3
"""Records in which order Python's socketserver calls its hooks.

    python3 tests/serve/transcript.py >tests/serve/transcript.txt
"""
import socket
import socketserver


def record(case, *, verified=True, fails=None):
    log = []

    def noting(name, method):
        def hook(self, *arguments):
            log.append(name)
            return method(self, *arguments)

        return hook

    class Handler(socketserver.BaseRequestHandler):
        pass

    def step(name):
        def act(self):
            log.append(name)
            if fails == name:
                raise ValueError(name)

        return act

    for name in ("setup", "handle", "finish"):
        setattr(Handler, name, step(name))

    class Server(socketserver.TCPServer):
        pass

    hooks = ("verify_request", "process_request", "finish_request",
             "shutdown_request", "close_request")
    for name in hooks:
        setattr(Server, name, noting(name, getattr(socketserver.TCPServer, name)))
    if not verified:
        Server.verify_request = noting("verify_request", lambda *_: False)
    Server.handle_error = noting("handle_error", lambda *_: None)

    with Server(("127.0.0.1", 0), Handler) as server:
        with socket.create_connection(server.server_address):
            server.handle_request()
    print(f"{case}:", *log)


record("served")
record("refused", verified=False)
record("handle fails", fails="handle")
record("setup fails", fails="setup")
