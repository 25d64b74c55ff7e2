"""Compares functions named record_X and hand_X in an assembler text on standard input.

A record_X may neither call nor mention a panic, and has at most as many instructions
as hand_X. Prints both numbers.
"""

import re
import sys

bodies, same, current = {}, {}, None
for line in sys.stdin:
    if match := re.match(r"((?:record|hand)_\w+):", line):
        current = bodies.setdefault(match[1], [])
    elif match := re.match(r"\s*\.set\s+(\w+),\s*(\w+)", line):
        same[match[1]] = match[2]
    elif re.match(r"\s*\.(size|fnend|cfi_endproc)\b", line):
        current = None
    elif current is not None and re.match(r"\s+[a-z]", line):
        current.append(line.strip())

names = sorted(name for name in set(bodies) | set(same) if name.startswith("record_"))
if len(names) < 5:
    sys.exit("no functions found")
failed = False
for name in names:
    hand = name.replace("record_", "hand_")
    mine = bodies[same.get(name, name)]
    other = bodies[same.get(hand, hand)]
    bad = [line for line in mine if re.match(r"(call|bl|blx|jal|tail)\w*\s", line) or "panic" in line
           or "memcpy" in line or "memset" in line]
    verdict = "ok"
    if bad:
        verdict = "calls: " + "; ".join(bad)
    elif len(mine) > len(other):
        verdict = "larger"
    failed |= verdict != "ok"
    print(f"{name[7:]:16} {len(mine):4} instructions, by hand {len(other):4}: {verdict}")
sys.exit(failed)
