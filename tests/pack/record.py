"""Records what CPython's test.test_struct asks of struct, as vectors.txt.

    python3 tests/pack/record.py > tests/pack/vectors.txt

The functions of struct are wrapped while the suite runs. Questions that cannot be
asked of typed code (objects, integers of more than 64 bits, negative offsets) are
left out; the same question is kept once, and of each operation, format and kind of
answer at most KEEP, chosen by a fixed seed.
"""

import collections
import io
import random
import struct
import sys
import unittest

import oracle

KEEP = 12
ORIGINAL = {name: getattr(struct, name) for name in
            ("pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "calcsize")}
Original = struct.Struct
questions = {}


def ask(operation, text, offset=0, buffer=b"", values=()):
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            return
    if not isinstance(text, str) or offset < 0 or len(buffer) > 4096:
        return
    try:
        fields = (operation, oracle.encode_format(text), str(offset), bytes(buffer).hex(),
                  oracle.encode_values(values))
    except (ValueError, TypeError, UnicodeEncodeError):
        return
    questions["\t".join(fields)] = None


def size(text):
    try:
        return ORIGINAL["calcsize"](text)
    except Exception:
        return 0


def quietly(function):
    def wrapper(*args, **kwargs):
        try:
            function(*args, **kwargs)
        except Exception:
            pass
    return wrapper


@quietly
def saw_pack(text, *values):
    if size(text) <= 4096:
        ask("pack_into", text, 0, bytes(size(text)), values)


@quietly
def saw_pack_into(text, buffer, offset, *values):
    ask("pack_into", text, offset, memoryview(buffer).tobytes(), values)


@quietly
def saw_unpack(text, buffer):
    data = memoryview(buffer).tobytes()
    # A literal or a slice has exactly one record; that a longer buffer is refused
    # is a matter of types.
    if len(data) <= size(text):
        ask("unpack_from", text, 0, data)


@quietly
def saw_unpack_from(text, buffer=None, offset=0):
    ask("unpack_from", text, offset, memoryview(buffer).tobytes())


@quietly
def saw_iter_unpack(text, buffer):
    ask("iter_unpack", text, 0, memoryview(buffer).tobytes())


@quietly
def saw_calcsize(text):
    ask("calcsize", text)


SAW = {"pack": saw_pack, "pack_into": saw_pack_into, "unpack": saw_unpack,
       "unpack_from": saw_unpack_from, "iter_unpack": saw_iter_unpack, "calcsize": saw_calcsize}


def wrap(name):
    def wrapper(*args, **kwargs):
        SAW[name](*args, **kwargs)
        return ORIGINAL[name](*args, **kwargs)
    return wrapper


class Recorder(Original):
    def __init__(self, text):
        saw_calcsize(text)
        super().__init__(text)

    def pack(self, *values):
        saw_pack(self.format, *values)
        return super().pack(*values)

    def pack_into(self, *args):
        saw_pack_into(self.format, *args)
        return super().pack_into(*args)

    def unpack(self, buffer):
        saw_unpack(self.format, buffer)
        return super().unpack(buffer)

    def unpack_from(self, buffer, offset=0):
        saw_unpack_from(self.format, buffer, offset)
        return super().unpack_from(buffer, offset)

    def iter_unpack(self, buffer):
        saw_iter_unpack(self.format, buffer)
        return super().iter_unpack(buffer)


def main():
    from test import test_struct

    for name in ORIGINAL:
        setattr(struct, name, wrap(name))
    struct.Struct = Recorder
    # The outcome does not matter: some tests see that they are watched.
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_struct)
    unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    for name, function in ORIGINAL.items():
        setattr(struct, name, function)

    chance = random.Random(4)
    asked = list(questions)
    chance.shuffle(asked)
    groups = collections.Counter()
    kept = []
    for question in asked:
        answer = oracle.answer(question)
        operation, text = question.split("\t")[:2]
        group = (operation, text, answer if answer[0] == "!" else "=")
        groups[group] += 1
        if groups[group] <= KEEP:
            kept.append(question + "\t" + answer)
    print(f"# {len(kept)} of {len(asked)} different questions that test.test_struct of "
          f"CPython {sys.version.split()[0]} asks,")
    print(f"# on {sys.platform}, {sys.byteorder}-endian, {size('P') * 8} bits. Made by record.py.")
    print("\n".join(sorted(kept)))


main()
