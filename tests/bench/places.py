"""In gdb: the places that metadata_loop asks for, of the program that gdb has. One "name=number" a line."""

import gdb

STRUCTS = {
    "mspan": ["startAddr", "npages", "limit", "state", "elemsize", "nelems", "allocCount", "spanclass", "sweepgen", "next",
              "manualFreeList", "specials"],
    "g": ["stack.lo", "stack.hi", "sched.sp", "atomicstatus", "goid"],
}


def offset(kind, path):
    """Bytes from the beginning of a struct to a member of a member."""
    whole = 0
    for name in path.split("."):
        field = next(field for field in kind.strip_typedefs().fields() if field.name == name)
        whole += field.bitpos // 8
        kind = field.type
    return whole


def address(symbol):
    return int(gdb.parse_and_eval(f"(unsigned long)&'runtime.{symbol}'"))


gdb.execute("set language c")
mheap = gdb.lookup_type("runtime.mheap")
pages = address("mheap_") + offset(mheap, "pages")
page_alloc = gdb.lookup_type("runtime.pageAlloc")
print(f"allspans={address('mheap_') + offset(mheap, 'allspans')}")
print(f"allgs={address('allgs')}")
print(f"inUse={pages + offset(page_alloc, 'inUse.ranges')}")
print(f"chunks={pages + offset(page_alloc, 'chunks')}")
print(f"pallocData={gdb.lookup_type('runtime.pallocData').sizeof}")
for struct, members in STRUCTS.items():
    print(f"{struct}={gdb.lookup_type(f'runtime.{struct}').sizeof}")
    for member in members:
        print(f"{struct}.{member}={offset(gdb.lookup_type(f'runtime.{struct}'), member)}")
