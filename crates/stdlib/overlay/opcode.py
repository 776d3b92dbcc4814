"""Numbers, names and kinds of Orochi's instructions, under the names by which programs ask for them.

The library's own file describes the instructions of another machine: theirs are pairs of bytes that work on a stack, ours
are words of eight bytes that work on registers (`dis` says how they are shown). The numbers come from `_opcode_metadata`,
which is generated from the interpreter's table of instructions.
"""

__all__ = ["cmp_op", "stack_effect", "hascompare", "opname", "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg", "hasconst",
           "hasname", "hasjump", "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc"]

import _opcode
from _opcode import stack_effect
from _opcode_metadata import HAVE_ARGUMENT, MIN_INSTRUMENTED_OPCODE, _specializations, _specialized_opmap, opmap

# The name of each number.
opname = [f"<{number}>" for number in range(256)]
for _name, _number in opmap.items():
    opname[_number] = _name
del _name, _number

EXTENDED_ARG = opmap["EXTENDED_ARG"]

cmp_op = ("<", "<=", "==", "!=", ">", ">=")


def _those(test):
    return [number for number in opmap.values() if test(number)]


hasarg = _those(_opcode.has_arg)
hasconst = _those(_opcode.has_const)
hasname = _those(_opcode.has_name)
# Jumps are all relative.
hasjump = hasjrel = _those(_opcode.has_jump)
hasjabs = []
hasfree = _those(_opcode.has_free)
haslocal = _those(_opcode.has_local)
hasexc = _those(_opcode.has_exc)
hascompare = [opmap[name] for name in ("LT", "LE", "EQ", "NE", "GT", "GE")]

_nb_ops = _opcode.get_nb_ops()
# Cache words belong to the instruction before them and are no instructions.
_cache_format = {}
_inline_cache_entries = {}
