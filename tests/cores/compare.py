"""Compares what memmap says with what the program said, and memmap's own sums with each other."""

import json

# interface.md §3: these must equal what runtime.ReadMemStats returned …
COUNTED = ("Alloc TotalAlloc Sys Mallocs Frees HeapAlloc HeapSys HeapIdle HeapInuse HeapReleased HeapObjects StackInuse "
           "StackSys MSpanInuse MSpanSys MCacheInuse MCacheSys BuckHashSys GCSys OtherSys").split()
EQUAL = (*COUNTED, "NextGC")
# … and these are also found from structures.
FOUND = [field for field in COUNTED if field not in ("TotalAlloc", "Mallocs", "Frees")]
EQUATIONS = ("VIRT", "anonymous", "Sys", "RSS")


def number(value):
    return "null" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def difference(left, right):
    return f" ({left - right:+,})" if isinstance(left, int) and isinstance(right, int) else ""


def against_program(look, figures):
    """Every counter must be what the program read after the look."""
    document, reasons = look.document("reconcile"), []
    memstats = {row["field"]: row["counter"] for row in document["memstats"]}
    classes = {row["name"]: row["counter"] for row in document["classes"]}
    pairs = [(field, memstats.get(field), figures["memstats"][field]) for field in EQUAL]
    pairs += [(name, classes.get(name), figures["classes"].get(name))
              for name in sorted(classes.keys() | figures["classes"].keys())]
    for name, ours, theirs in pairs:
        if ours != theirs:
            reasons.append(f"{look.door}: {name}: memmap {number(ours)}, program {number(theirs)}"
                           f"{difference(ours, theirs)}")
    release = "go" + document["target"]["go_version"].removeprefix("go") if document["target"]["go_version"] else None
    if release != figures["release"]:
        reasons.append(f"{look.door}: go_version: memmap {release}, program {figures['release']}")
    return reasons


def residuals(look):
    """Every figure that is counted twice must be found."""
    document, reasons = look.document("reconcile"), []
    rows = [(row["field"], row, row["field"] in FOUND) for row in document["memstats"]]
    rows += [(row["name"], row, False) for row in document["classes"]]
    for name, row, required in rows:
        if row["found"] is None:
            if required:
                reasons.append(f"{look.door}: {name}: not found from structures")
        elif row["residual"] != 0:
            reasons.append(f"{look.door}: {name}: residual {number(row['residual'])}: counter {number(row['counter'])}, "
                           f"found {number(row['found'])}")
    return reasons


def completeness(look):
    reasons = []
    for verb in look.texts:
        document = look.document(verb)
        if not document["complete"]:
            messages = "; ".join(finding["message"] for finding in document["findings"][:3])
            reasons.append(f"{look.door}: {verb} is partial: {messages or 'no finding says why'}")
    return reasons


def is_anonymous(mapping):
    """Private, accessible, not backed by a file and not the kernel's own."""
    perm, file = mapping["perm"], mapping["file"] or ""
    if "p" not in perm[3:4] or perm[:3] == "---":
        return False
    return file == "" or file == "[heap]" or file.startswith("[anon")


def unknown_rows(look):
    """(mapping row, unknown row) for each row that says `unknown` and has bytes of its own."""
    mapping, result = None, []
    for row in look.document("annotate")["rows"]:
        if row["depth"] == 0:
            mapping = row
        if row["kind"] == "unknown" and row["self"] > 0:
            result.append((mapping, row))
    return result


def expected_residuals(look, plain):
    """What each equation may leave over. RSS is judged on plain rows only: an unknown row may not know its residency."""
    if plain:
        return dict.fromkeys(EQUATIONS, 0)
    unknown = unknown_rows(look)
    return {"VIRT": sum(row["self"] for _, row in unknown), "Sys": 0,
            "anonymous": sum(row["self"] for mapping, row in unknown if is_anonymous(mapping))}


def equations(look, plain):
    present = {row["name"]: row for row in look.document("reconcile")["equations"]}
    reasons = [f"{look.door}: equation {name} is missing" for name in EQUATIONS if name not in present]
    for name, expected in expected_residuals(look, plain).items():
        row = present.get(name)
        if row is None or (row["total"] is None and name == "RSS"):
            continue
        if row["residual"] != expected:
            reasons.append(f"{look.door}: equation {name}: residual {number(row['residual'])}, unknown bytes "
                           f"{number(expected)}, total {number(row['total'])}")
    return reasons


def the_map(look, plain):
    """Every mapped byte once; on plain rows every byte is explained."""
    rows, reasons = look.document("annotate")["rows"], []
    mapped = sum(row["size"] for row in rows if row["depth"] == 0)
    selves = sum(row["self"] for row in rows)
    if mapped != selves:
        reasons.append(f"{look.door}: sum of self {number(selves)}, mapped {number(mapped)}{difference(selves, mapped)}")
    if plain:
        for mapping, row in unknown_rows(look)[:5]:
            where = mapping["file"] or "anonymous"
            reasons.append(f"{look.door}: unknown: {row['begin']}-{row['end']}, {number(row['self'])} bytes, "
                           f"{mapping['perm']} {where}")
    return reasons


def everything(look, figures, plain):
    return [*completeness(look), *against_program(look, figures), *residuals(look), *equations(look, plain),
            *the_map(look, plain)]


def same_counts(first, second):
    """Live and core of one stop: the same counters, the same findings from structures."""
    reasons = []
    for table, key in (("memstats", "field"), ("classes", "name")):
        left = {row[key]: row for row in first.document("reconcile")[table]}
        right = {row[key]: row for row in second.document("reconcile")[table]}
        for name in sorted(left.keys() | right.keys()):
            for part in ("counter", "found"):
                one, two = left.get(name, {}).get(part), right.get(name, {}).get(part)
                if one != two:
                    reasons.append(f"{name} {part}: {first.door} {number(one)}, {second.door} {number(two)}"
                                   f"{difference(two, one)}")
    return reasons


def without_residency(document):
    """A debugger touches pages of the process it holds, so a later look may see more of them resident."""
    document = dict(document)
    if "rows" in document:
        document["rows"] = [dict(row, resident=None) for row in document["rows"]]
    if "equations" in document:
        document["equations"] = [row for row in document["equations"] if row["name"] != "RSS"]
    return document


def same_bytes(first, second, live):
    """Two doors, one stop."""
    reasons = []
    for verb in first.texts:
        if first.texts[verb] == second.texts[verb]:
            continue
        if live and without_residency(first.document(verb)) == without_residency(second.document(verb)):
            continue
        reasons.append(f"{verb}: {first.door} and {second.door} differ: {first_difference(first, second, verb)}")
    return reasons


def first_difference(first, second, verb):
    left, right = (json.dumps(look.document(verb), indent=0).splitlines() for look in (first, second))
    for number_of_line, (one, two) in enumerate(zip(left, right)):
        if one != two:
            return f"line {number_of_line}: {one} / {two}"
    return f"{len(left)} lines / {len(right)} lines"
