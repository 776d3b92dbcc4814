"""Build-time variables for `sysconfig`: what CPython's build generates, as far as it means something here."""

build_time_vars = {
    "ABIFLAGS": "",
    "AR": "ar",
    "CC": "cc",
    "EXT_SUFFIX": ".orochi-314-x86_64-linux-gnu.so",
    "MULTIARCH": "x86_64-linux-gnu",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "SHLIB_SUFFIX": ".so",
    "SIZEOF_VOID_P": 8,
    "SOABI": "orochi-314-x86_64-linux-gnu",
    # Where systems keep the time zones that `zoneinfo` reads.
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "VERSION": "3.14",
    "WITH_DOC_STRINGS": 1,
}
