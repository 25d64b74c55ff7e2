"""Python's `ipaddress` as an oracle, and the recorder of `ipaddress.tsv`.

    python3 ipaddress.py serve            # a question a line in, an answer a line out
    python3.13 ipaddress.py > ipaddress.tsv

The recorder wraps the constructors, factories, methods and functions of
`ipaddress`, runs CPython's own `test.test_ipaddress`, and asks every property of
every object that the suite makes. A row is `operation, type, text, argument,
answer`, separated by tabs, backslashes and control characters escaped.
"""

import sys

# This file's folder would hide the module that it is about.
sys.path.pop(0)

import io
import ipaddress as ip
import itertools
import socket
import unittest

TYPES = {
    "a4": ip.IPv4Address, "a6": ip.IPv6Address, "n4": ip.IPv4Network,
    "n6": ip.IPv6Network, "i4": ip.IPv4Interface, "i6": ip.IPv6Interface,
}
NAMES = {cls: name for name, cls in TYPES.items()}
PROPERTIES = """compressed exploded reverse_pointer is_private is_global is_multicast
is_reserved is_loopback is_link_local is_site_local is_unspecified packed ipv4_mapped
ipv6_mapped sixtofour teredo scope_id network_address broadcast_address netmask hostmask
prefixlen num_addresses with_prefixlen with_netmask with_hostmask ip network""".split()
SHOWN = 40


def show(value):
    if value is None:
        return "None"
    if value is NotImplemented:
        return "err"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return " ".join(map(show, value))
    return str(value)


def several(values):
    return " ".join(str(v) for v in itertools.islice(values, SHOWN))


def escape(text):
    return text.encode("unicode_escape").decode()


def unescape(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")


def number(text):
    return None if text == "" else int(text)


def make(kind, text, arg="strict"):
    if kind in ("n4", "n6"):
        return TYPES[kind](text, strict=arg != "lenient")
    return TYPES[kind](text)


def subnets(net, arg, method):
    diff, new = map(number, arg.split(","))
    result = getattr(net, method)(1 if diff is None else diff, new)
    return several(result) if method == "subnets" else str(result)


def answer(op, kind, text, arg):
    if op == "new":
        try:
            return "ok " + show(make(kind, text, arg))
        except (ValueError, TypeError) as error:
            return "err " + escape(str(error))
    try:
        return "ok " + show(ask(op, kind, text, arg))
    except (ValueError, TypeError, IndexError, AttributeError, OSError):
        return "err"


def ask(op, kind, text, arg):
    if op == "summarize":
        return several(ip.summarize_address_range(TYPES[kind](text), TYPES[kind](arg)))
    if op == "collapse":
        nets = [TYPES["n" + kind[1]](each) for each in arg.split()]
        return " ".join(map(str, ip.collapse_addresses(nets)))
    if op == "inet_aton":
        return socket.inet_aton(text)
    if op == "inet_pton":
        return socket.inet_pton(socket.AF_INET if kind == "a4" else socket.AF_INET6, text)
    if op == "inet_ntop":
        return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(text))
    self = make(kind, text)
    if op in PROPERTIES:
        return getattr(self, op)
    if op == "int":
        return int(self)
    if op == "format":
        return format(self, arg)
    if op == "hosts":
        return several(self.hosts())
    if op == "getitem":
        return self[int(arg)]
    if op == "add":
        return self + int(arg)
    if op == "contains":
        return TYPES["a" + kind[1]](arg) in self
    if op in ("subnets", "supernet"):
        return subnets(self, arg, op)
    other = make(kind, arg)
    if op == "exclude":
        return " ".join(map(str, self.address_exclude(other)))
    if op == "compare":
        return self.compare_networks(other)
    if op == "lt":
        return self < other
    if op == "eq":
        return self == other
    return getattr(self, op)(other)  # overlaps, subnet_of, supernet_of


def serve():
    print(sys.version.split()[0], flush=True)
    for line in sys.stdin:
        op, kind, text, arg = map(unescape, line.rstrip("\n").split("\t"))
        print(escape(answer(op, kind, text, arg)))


class Recorder:
    def __init__(self):
        self.rows = {}
        self.depth = 0

    def row(self, op, kind, text, arg=""):
        key = (op, kind, text, arg)
        if key not in self.rows and "\t" not in text:
            self.rows[key] = answer(*key)

    def made(self, obj):
        kind, text = NAMES.get(type(obj)), str(obj)
        if kind is None:
            return
        for name in PROPERTIES:
            if name == "exploded" or hasattr(obj, name):
                self.row(name, kind, text)
        if kind[0] == "a":
            self.row("int", kind, text)
        if kind[0] == "n":
            self.row("hosts", kind, text)
            self.row("subnets", kind, text, "1,")
            self.row("supernet", kind, text, "1,")

    def wrap(self, owner, name, note):
        original = getattr(owner, name)

        def wrapped(*args, **kwargs):
            if self.depth:
                return original(*args, **kwargs)
            self.depth += 1
            try:
                note(*args, **kwargs)
            except Exception as error:
                print(f"not recorded: {name}{args[1:]}: {error!r}", file=sys.stderr)
            finally:
                self.depth -= 1
            return original(*args, **kwargs)

        setattr(owner, name, wrapped)

    def install(self):
        def constructed(obj, *args, **kwargs):
            kind = NAMES.get(type(obj))
            if kind is None or not args or not isinstance(args[0], str):
                return
            strict = args[1] if len(args) > 1 else kwargs.get("strict", True)
            self.row("new", kind, args[0], "strict" if strict else "lenient")
            try:
                self.made(TYPES[kind](args[0], strict) if kind[0] == "n" else TYPES[kind](args[0]))
            except ValueError:
                pass

        for cls in TYPES.values():
            self.wrap(cls, "__init__", constructed)

        def binary(op):
            def note(obj, other):
                if type(obj) is type(other) and type(obj) in NAMES:
                    self.row(op, NAMES[type(obj)], str(obj), str(other))
            return note

        def contains(obj, other):
            if NAMES.get(type(other), "")[0:1] == "a" and type(obj) in NAMES:
                if NAMES[type(other)][1] == NAMES[type(obj)][1] and "%" not in str(other):
                    self.row("contains", NAMES[type(obj)], str(obj), str(other))

        def with_int(op):
            def note(obj, n):
                if isinstance(n, int):
                    self.row(op, NAMES[type(obj)], str(obj), str(n))
            return note

        def resized(op):
            def note(obj, prefixlen_diff=None, new_prefix=None):
                words = ["" if n is None else str(n) for n in (prefixlen_diff, new_prefix)]
                self.row(op, NAMES[type(obj)], str(obj), ",".join(words))
            return note

        def formatted(obj, spec):
            self.row("format", NAMES[type(obj)], str(obj), spec)

        network, address = ip._BaseNetwork, ip._BaseAddress
        for name, op in {
            "overlaps": "overlaps", "address_exclude": "exclude", "subnet_of": "subnet_of",
            "supernet_of": "supernet_of", "compare_networks": "compare",
        }.items():
            self.wrap(network, name, binary(op))
        for cls in TYPES.values():
            self.wrap(cls, "__lt__", binary("lt"))
            self.wrap(cls, "__eq__", binary("eq"))
        self.wrap(network, "__contains__", contains)
        self.wrap(network, "__getitem__", with_int("getitem"))
        self.wrap(address, "__add__", with_int("add"))
        self.wrap(address, "__sub__", lambda obj, n: with_int("add")(obj, -n))
        self.wrap(network, "subnets", resized("subnets"))
        self.wrap(network, "supernet", resized("supernet"))
        self.wrap(address, "__format__", formatted)

        def summarize(first, last):
            if type(first) is type(last) and NAMES.get(type(first), "")[0:1] == "a":
                self.row("summarize", NAMES[type(first)], str(first), str(last))

        def collapse(things):
            if not isinstance(things, (list, tuple)):
                return
            kinds = {NAMES[type(each)] for each in things}
            if len({kind[1] for kind in kinds}) == 1 and not any("%" in str(t) for t in things):
                nets = [str(getattr(each, "network", each)) for each in things]
                self.row("collapse", "n" + kinds.pop()[1], "", " ".join(nets))

        def factory(letter, strict_arg=False):
            def note(text, strict=True):
                if isinstance(text, str):
                    kind = letter + ("6" if ":" in text else "4")
                    self.row("new", kind, text, "strict" if strict else "lenient")
            return note

        self.wrap(ip, "summarize_address_range", summarize)
        self.wrap(ip, "collapse_addresses", collapse)
        self.wrap(ip, "ip_address", factory("a"))
        self.wrap(ip, "ip_network", factory("n"))
        self.wrap(ip, "ip_interface", factory("i"))


def record():
    from test import test_ipaddress

    recorder = Recorder()
    recorder.install()
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_ipaddress)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    version = sys.version.split()[0]
    print(f"# Recorded from test.test_ipaddress of CPython {version} by ipaddress.py.")
    print("# operation, type, text, argument, answer")
    for (op, kind, text, arg), reply in recorder.rows.items():
        print("\t".join([op, kind, escape(text), escape(arg), reply]))
    print(f"{result.testsRun} tests, {len(recorder.rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else record()
