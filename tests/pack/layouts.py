"""Records where C compilers put the members of structs, a file for each target.

    python3 tests/pack/layouts.py tests/pack/layouts

Needs clang, which knows the layout of every target without its libraries. Each row is
a format and its size: "@b0q" ends where a `long long` after a `signed char` begins.
"""

import itertools
import os
import pathlib
import random
import re
import subprocess
import sys

CLANG = os.environ.get("CLANG", "clang")
TARGETS = {
    "I686": "i686-linux-gnu",
    "X86_64": "x86_64-linux-gnu",
    "ARM": "thumbv7m-none-eabi",
    "AARCH64": "aarch64-linux-gnu",
    "RISCV32": "riscv32-none-elf",
    "RISCV64": "riscv64-linux-gnu",
}
TYPES = {
    "x": "char", "c": "char", "b": "signed char", "B": "unsigned char", "?": "_Bool",
    "h": "short", "H": "unsigned short", "i": "int", "I": "unsigned", "l": "long",
    "L": "unsigned long", "q": "long long", "Q": "unsigned long long",
    "n": "__PTRDIFF_TYPE__", "N": "__SIZE_TYPE__", "e": "short", "f": "float",
    "d": "double", "P": "void *", "s": "char", "p": "char",
}


def formats():
    scalars = "cbB?hHiIlLqQnNefdP"
    yield from ([(1, a), (1, b)] for a, b in itertools.product("bhiqld", scalars))
    chance = random.Random(4)
    for _ in range(40):
        yield [(chance.choice([1, 1, 1, 2, 3, 7]), chance.choice("xsp" + scalars)) for _ in range(6)]


def sizes(target, layouts):
    """For each layout the offset of each member, and the size."""
    source = []
    for number, layout in enumerate(layouts):
        members = "".join(f" {TYPES[c]} m{i}[{n}];" for i, (n, c) in enumerate(layout))
        source.append(f"struct s{number} {{{members} }};")
        offsets = "".join(f"__builtin_offsetof(struct s{number}, m{i}), " for i in range(len(layout)))
        source.append(f"const unsigned a{number}[] = {{ {offsets} sizeof(struct s{number}) }};")
    command = [CLANG, "-target", target, "-x", "c", "-S", "-o", "-", "-"]
    text = subprocess.run(command, input="\n".join(source), text=True, check=True,
                          capture_output=True).stdout
    found = {}
    name = None
    for line in text.splitlines():
        if match := re.match(r"a(\d+):", line):
            name = found.setdefault(int(match[1]), [])
        elif (match := re.match(r"\s+\.(?:long|word|4byte)\s+(\d+)\s*(?:[#@/].*)?$", line)) and name is not None:
            name.append(int(match[1]))
    return [found[number] for number in range(len(layouts))]


def spell(layout):
    return "".join((str(n) if n != 1 else "") + c for n, c in layout)


def main():
    layouts = list(formats())
    version = subprocess.run([CLANG, "--version"], text=True, capture_output=True).stdout.splitlines()[0]
    folder = pathlib.Path(sys.argv[1])
    for name, target in TARGETS.items():
        rows = {}
        for layout, numbers in zip(layouts, sizes(target, layouts)):
            assert len(numbers) == len(layout) + 1, (target, layout, numbers)
            for i, (_, code) in enumerate(layout):
                # Where member i begins, told by none of it.
                end = "" if code in "xsp" else f"0{code}"
                rows["@" + spell(layout[:i]) + end] = numbers[i]
            # C also pads the end for the widest member.
            rows["@" + spell(layout) + "".join(f"0{c}" for _, c in layout if c not in "xsp")] = numbers[-1]
        lines = [f"// Formats and their sizes on {target}, from the structs of {version.strip()}. Made by layouts.py.", "&["]
        lines += [f'    ("{format}", {size}),' for format, size in rows.items()]
        (folder / f"{name.lower()}.rs").write_text("\n".join([*lines, "]", ""]))


main()
