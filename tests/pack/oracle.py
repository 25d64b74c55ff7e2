"""Answers questions about Python's struct, one a line; the oracle of Amphi's tests.

A question has five fields, separated by tabs: operation, format, offset, buffer
and values. The format is written in octal escapes where it is not printable ASCII,
the buffer in hexadecimal; values are separated by commas: i<decimal>, f<bits of the
double in hexadecimal>, b<hexadecimal>, t and n for true and false. An answer is
"=<result>" or "!<kind of error>". Run as a program, it answers its standard input.
"""

import math
import struct
import sys

MESSAGES = [
    ("bad char in struct format", "BadCharacter"),
    ("embedded null character", "BadCharacter"),
    ("ordinal not in range", "BadCharacter"),
    ("repeat count given without", "CountWithoutCode"),
    ("total struct size too long", "TooLong"),
    ("items for packing", "ValueCount"),
    ("not an integer", "NotInteger"),
    ("cannot be interpreted as an integer", "NotInteger"),
    ("not a float", "NotNumber"),
    ("must be real number", "NotNumber"),
    ("must be a bytes object", "NotOctets"),
    ("requires a bytes object of length 1", "NotOneOctet"),
    ("too large to pack", "Overflow"),
    ("multiple of", "NotMultiple"),
    ("struct of length 0", "EmptyRecord"),
    ("requires a buffer", "BufferTooShort"),
    ("no space to pack", "BufferTooShort"),
    ("out of range for", "BufferTooShort"),
    ("out of range", "OutOfRange"),
    ("format requires", "OutOfRange"),
    ("too large to convert", "OutOfRange"),
    ("too big to convert", "OutOfRange"),
]


def kind(error):
    text = str(error)
    for part, name in MESSAGES:
        if part in text:
            return name
    return type(error).__name__ + ":" + text


def encode_value(value):
    if value is True or value is False:
        return "t" if value else "n"
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return f"i{value}"
    if isinstance(value, float):
        # Which NaN it is depends on the version.
        return "fnan" if math.isnan(value) else "f" + struct.pack(">d", value).hex()
    if isinstance(value, (bytes, bytearray)):
        return "b" + bytes(value).hex()
    raise ValueError


def encode_values(values):
    return ",".join(map(encode_value, values))


def decode_value(text):
    tag, rest = text[0], text[1:]
    if tag == "i":
        return int(rest)
    if tag == "f":
        return math.nan if rest == "nan" else struct.unpack(">d", bytes.fromhex(rest))[0]
    if tag == "b":
        return bytes.fromhex(rest)
    return tag == "t"


def encode_format(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else "".join(f"\\{o:03o}" for o in c.encode()) for c in text)


def decode_format(text):
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] == "\\":
            out.append(int(text[i + 1 : i + 4], 8))
            i += 4
        else:
            out.append(ord(text[i]))
            i += 1
    return out.decode()


def answer(question, pack_into=struct.pack_into, unpack_from=struct.unpack_from,
           iter_unpack=struct.iter_unpack, calcsize=struct.calcsize):
    operation, text, offset, buffer, values = question.split("\t")
    try:
        text, offset, buffer = decode_format(text), int(offset), bytearray.fromhex(buffer)
        if operation == "calcsize":
            return f"={calcsize(text)}"
        if operation == "pack_into":
            pack_into(text, buffer, offset, *map(decode_value, values.split(",") if values else []))
            return "=" + buffer.hex()
        if operation == "unpack_from":
            return "=" + encode_values(unpack_from(text, buffer, offset))
        if operation == "iter_unpack":
            return "=" + ";".join(map(encode_values, iter_unpack(text, buffer)))
        raise AssertionError(operation)
    except (struct.error, OverflowError, TypeError, UnicodeEncodeError, SystemError) as error:
        return "!" + kind(error)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(answer(line.rstrip("\n")) + "\n")
