"""Prints CRC-32 checksums of every character property over the code points that differ from their neighbours, as
Python 3.14 sees them. The numbers in src/unicode/tests.rs are this script's output."""
import unicodedata
import zlib


def text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return "%.9f" % value
    return str(value)


def checksum(name, function):
    crc = 0
    for first, last in (0, 0x32400), (0xE0000, 0xE0200), (0xEFF80, 0xF0080), (0x10FF80, 0x110000):
        part = "".join(text(function(chr(cp))) + ";" for cp in range(first, last))
        crc = zlib.crc32(part.encode("utf-8", "surrogatepass"), crc)
    print(f'    ("{name}", 0x{crc:08x}),')


for name in "isalpha isdecimal isdigit isnumeric isalnum isspace isupper islower istitle isprintable".split():
    checksum(name, getattr(str, name))
checksum("isidentifier", str.isidentifier)
checksum("continue", lambda c: ("a" + c).isidentifier())
for name in "upper lower title casefold swapcase capitalize".split():
    checksum(name, getattr(str, name))
for prefix, ucd in ("", unicodedata), ("3.2 ", unicodedata.ucd_3_2_0):
    for name in "category bidirectional combining east_asian_width mirrored decomposition".split():
        function = getattr(ucd, name)
        checksum(prefix + name, (lambda c: bool(function(c))) if name == "mirrored" else function)
    for name in "decimal digit numeric name".split():
        checksum(prefix + name, lambda c: getattr(ucd, name)(c, None))
    for form in "NFC NFD NFKC NFKD".split():
        checksum(prefix + form, lambda c: ucd.normalize(form, c))
        checksum(prefix + "is " + form, lambda c: ucd.is_normalized(form, c))
