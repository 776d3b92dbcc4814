"""Shows the instructions of code objects: the library's `dis`, for Orochi's register machine.

An instruction is one word of eight bytes: a number, flags and up to three operands. Some are followed by one more word (an
inline cache or an argument), which belongs to them. Offsets count bytes, as `co_lines()` and `tb_lasti` do. Operands are
written `r2:x` (register 2, the variable x), `k3=10` (constant 3, which is 10), a name, `#4` (a number), `to L1` (a jump);
an exclamation mark says that the instruction takes the register's value away. The instructions are described in
`docs/internals/bytecode.md` of Orochi's sources.

The functions and classes are those that CPython documents. `show_caches` and `adaptive` change nothing: caches are never
shown, and instructions do not change while they run.
"""

import collections
import io
import sys
import types

import _opcode
from opcode import *
from opcode import __all__ as _opcode_names
from opcode import _inline_cache_entries, _nb_ops, _specializations, _specialized_opmap

__all__ = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcode_names
del _opcode_names

_all_opname = opname
_all_opmap = opmap
# No instruction has specialised forms.
deoptmap = {}

COMPILER_FLAG_NAMES = {
    0x1: "OPTIMIZED",
    0x2: "NEWLOCALS",
    0x4: "VARARGS",
    0x8: "VARKEYWORDS",
    0x10: "NESTED",
    0x20: "GENERATOR",
    0x40: "NOFREE",
    0x80: "COROUTINE",
    0x100: "ITERABLE_COROUTINE",
    0x200: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}

Positions = collections.namedtuple("Positions", "lineno end_lineno col_offset end_col_offset", defaults=[None] * 4)

_OPNAME_WIDTH = 22


def pretty_flags(flags):
    """The names of the flags in `co_flags`."""
    names = []
    bit = 1
    while flags:
        if flags & bit:
            names.append(COMPILER_FLAG_NAMES.get(bit, hex(bit)))
            flags &= ~bit
        bit <<= 1
    return ", ".join(names) if names else "0x0"


class Instruction(collections.namedtuple(
        "_Instruction",
        "opname opcode arg argval argrepr offset start_offset starts_line line_number label positions cache_info",
        defaults=[None, None, None])):
    """One instruction.

    opname, opcode  its name and number
    arg             number of the operand that argval stands for, or None
    argval          what that operand means: the name, the constant, the offset of a jump's target, the local variable
    argrepr         all operands, for people
    offset          where it starts, in bytes (start_offset is the same)
    starts_line     whether it is the first one of a source line
    line_number     its source line, or None
    label           number of the label that stands before it, or None
    positions       its place in the source, a Positions
    cache_info      None
    """

    __slots__ = ()

    @property
    def oparg(self):
        return self.arg

    @property
    def baseopcode(self):
        return self.opcode

    @property
    def baseopname(self):
        return self.opname

    @property
    def cache_offset(self):
        return self.offset + 8

    @property
    def end_offset(self):
        return self.offset + 8 * _opcode._words(self.opcode)

    @property
    def jump_target(self):
        return self.argval if self.opcode in hasjump else None

    @property
    def is_jump_target(self):
        return self.label is not None

    def __str__(self):
        return " ".join(part for part in ("" if self.label is None else f"L{self.label}:", self.opname, self.argrepr) if part)


def _code_of(x):
    """The code object of a function, method, generator and the like; None if it has none."""
    x = getattr(x, "__func__", x)
    for name in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, name):
            return getattr(x, name)
    return x if hasattr(x, "co_code") else None


def _try_compile(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _get_code_object(x):
    if isinstance(x, str):
        return _try_compile(x, "<disassembly>")
    code = _code_of(x)
    if code is None:
        raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")
    return code


class _Listing:
    """The instructions of a code object (or of bytes) and its labels."""

    def __init__(self, code, line_offset=0):
        self.rows = _opcode._instructions(code)
        self.code = None if isinstance(code, (bytes, bytearray)) else code
        self.line_offset = line_offset
        self.handlers = [] if self.code is None else _opcode._handlers(self.code)
        places = {row[4] for row in self.rows if row[4] is not None}
        for start, end, target, *_ in self.handlers:
            places |= {start, end, target}
        self.labels = {offset: number for number, offset in enumerate(sorted(places), 1)}

    def value(self, kind, arg, target):
        if target is not None:
            return target
        if self.code is not None:
            table = {"name": self.code.co_names, "const": self.code.co_consts}.get(kind)
            if table is not None and arg < len(table):
                return table[arg]
            if kind == "local":
                return _opcode._local_name(self.code, arg)
        return arg

    def __iter__(self):
        lines = {} if self.code is None else dict(findlinestarts(self.code))
        positions = [] if self.code is None else list(self.code.co_positions())
        line = None
        for offset, number, kind, arg, target, operands in self.rows:
            starts = offset in lines
            if starts:
                line = lines[offset]
                if line is not None:
                    line += self.line_offset
            text = ", ".join(f"to L{self.labels[o]}" if isinstance(o, int) else o for o in operands)
            place = positions[offset // 2] if offset // 2 < len(positions) else ()
            yield Instruction(opname[number], number, arg, self.value(kind, arg, target), text, offset, offset, starts, line,
                              self.labels.get(offset), Positions(*place))

    def write(self, file, lasti=-1, show_offsets=False, show_positions=False):
        instructions = list(self)
        numbers = [i.line_number for i in instructions if i.line_number is not None]
        width = max(3, len(str(max(numbers)))) if numbers else 0
        label_width = len(str(len(self.labels))) + 2 if self.labels else 0
        offset_width = len(str(instructions[-1].offset)) if instructions else 0
        for i in instructions:
            if i.starts_line and i.offset:
                print(file=file)
            fields = []
            if show_positions:
                fields.append(_place(i.positions).ljust(18))
            elif width:
                fields.append((str(i.line_number) if i.starts_line and i.line_number is not None else "").rjust(width))
            fields.append("-->" if i.offset <= lasti < i.end_offset else "   ")
            if label_width:
                fields.append((f"L{i.label}:" if i.label is not None else "").rjust(label_width))
            if show_offsets:
                fields.append(str(i.offset).rjust(offset_width))
            fields.append(f"{i.opname:<{_OPNAME_WIDTH}} {i.argrepr}")
            print(" ".join(fields).rstrip(), file=file)
        if self.handlers:
            print("ExceptionTable:", file=file)
            for start, end, target, register, release in self.handlers:
                start, end, target = (f"L{self.labels[o]}" for o in (start, end, target))
                print(f"  {start} to {end} -> {target} exception r{register} release r{release}", file=file)


def _place(positions):
    line, end_line, column, end_column = positions
    if line is None:
        return "--"
    mark = "?"
    return f"{line}:{mark if column is None else column}-{end_line}:{mark if end_column is None else end_column}"


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Shows the instructions of a class, module, method, function, generator, code object, source text or bytes; without an
    argument those of the last traceback. Code inside code is shown as well, to `depth` levels."""
    options = {"file": file, "show_offsets": show_offsets, "show_positions": show_positions}
    if x is None:
        distb(**options)
        return
    if isinstance(x, str):
        _with_inner(_try_compile(x, "<dis>"), depth, options)
    elif isinstance(x, (bytes, bytearray)):
        _Listing(bytes(x)).write(file, show_offsets=show_offsets)
    elif (code := _code_of(x)) is not None:
        _with_inner(code, depth, options)
    elif hasattr(x, "__dict__"):
        kinds = (types.FunctionType, types.MethodType, types.CodeType, classmethod, staticmethod, type)
        for name, member in sorted(x.__dict__.items()):
            if isinstance(member, kinds):
                print(f"Disassembly of {name}:", file=file)
                try:
                    dis(member, depth=depth, **options)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    else:
        raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


def _with_inner(code, depth, options):
    disassemble(code, **options)
    if depth is not None and depth <= 0:
        return
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            print(file=options["file"])
            print(f"Disassembly of {constant!r}:", file=options["file"])
            _with_inner(constant, None if depth is None else depth - 1, options)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Shows the instructions of a code object; an arrow marks the one at `lasti`."""
    _Listing(co).write(file, lasti, show_offsets, show_positions)


disco = disassemble


def distb(tb=None, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Shows the innermost frame of a traceback; without one, of the last exception that nobody caught."""
    if tb is None:
        last = getattr(sys, "last_exc", None)
        tb = last.__traceback__ if last is not None else getattr(sys, "last_traceback", None)
        if tb is None:
            raise RuntimeError("no last traceback to disassemble")
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """An iterator over the instructions of a method, function, source text or code object."""
    code = _get_code_object(x)
    return iter(_Listing(code, 0 if first_line is None else first_line - code.co_firstlineno))


def findlabels(code):
    """Offsets in the bytes of a code object to which jumps go."""
    return sorted({row[4] for row in _opcode._instructions(bytes(code)) if row[4] is not None})


def findlinestarts(code):
    """Pairs of an offset and the source line that starts there (None: instructions without one)."""
    before = ()
    for start, _, line in code.co_lines():
        if line != before:
            before = line
            yield start, line


def _rows_of_code(co):
    listing = _Listing(co)
    for offset, number, kind, arg, target, operands in listing.rows:
        yield opname[number], listing.value(kind, arg, target), operands


def _find_imports(co):
    """Triples (name, level, from-list) of the import statements."""
    loaded = {}
    for name, value, operands in _rows_of_code(co):
        if name == "LOAD_CONST":
            loaded[operands[0]] = value
        elif name == "IMPORT_NAME":
            # The run's first register holds the level, the next one the names.
            first = operands[1].removesuffix("..").removeprefix("r")
            level, names = (loaded.get(f"r{int(first) + step}") for step in (0, 1))
            yield value, level if isinstance(level, int) else 0, names


def _find_store_names(co):
    """Names of the globals that the code writes."""
    for name, value, _ in _rows_of_code(co):
        if name in ("STORE_NAME", "STORE_GLOBAL"):
            yield value


def code_info(x):
    """Name, arguments, flags, constants and names of a code object, as text."""
    co = _get_code_object(x)
    facts = {
        "Name": co.co_name,
        "Filename": co.co_filename,
        "Argument count": co.co_argcount,
        "Positional-only arguments": co.co_posonlyargcount,
        "Kw-only arguments": co.co_kwonlyargcount,
        "Number of locals": co.co_nlocals,
        "Stack size": co.co_stacksize,
        "Flags": pretty_flags(co.co_flags),
    }
    # The values of all but one fact start in the same column.
    lines = [f"{title + ':':<18} {value}" for title, value in facts.items()]
    tables = {
        "Constants": [repr(value) for value in co.co_consts],
        "Names": co.co_names,
        "Variable names": co.co_varnames,
        "Free variables": co.co_freevars,
        "Cell variables": co.co_cellvars,
    }
    for title, rows in tables.items():
        if rows:
            lines.append(title + ":")
            lines += [f"{number:4}: {row}" for number, row in enumerate(rows)]
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Prints what `code_info` says."""
    print(code_info(co), file=file)


class Bytecode:
    """The instructions of a function, generator, method, source text or code object; iterate over it to get them."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False, show_offsets=False,
                 show_positions=False):
        self.codeobj = _get_code_object(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self.current_offset = current_offset
        self.show_offsets = show_offsets
        self.show_positions = show_positions
        self._original_object = x
        self._listing = _Listing(self.codeobj, self.first_line - self.codeobj.co_firstlineno)

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """Of the innermost frame of a traceback, with its instruction marked."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti)

    def __iter__(self):
        return iter(self._listing)

    def __repr__(self):
        return f"{type(self).__name__}({self._original_object!r})"

    def info(self):
        return code_info(self.codeobj)

    def dis(self):
        """The instructions as text."""
        with io.StringIO() as out:
            lasti = -1 if self.current_offset is None else self.current_offset
            self._listing.write(out, lasti, self.show_offsets, self.show_positions)
            return out.getvalue()


def main(args=None):
    import argparse

    parser = argparse.ArgumentParser(prog="dis", color=True)
    parser.add_argument("-C", "--show-caches", action="store_true", help="no effect: caches are not shown")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show the offsets of instructions")
    parser.add_argument("-P", "--show-positions", action="store_true", help="show the places in the source")
    parser.add_argument("-S", "--specialized", action="store_true", help="no effect: instructions do not change")
    parser.add_argument("infile", nargs="?", default="-")
    args = parser.parse_args(args)
    if args.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(name, "rb") as file:
            source = file.read()
    dis(compile(source, name, "exec"), show_offsets=args.show_offsets, show_positions=args.show_positions)


if __name__ == "__main__":
    main()
