#!/usr/bin/env python3
"""The page of `export html` in a real Chromium: it shows what the verbs print, asks the network for nothing, and obeys."""

import json
import sys

import browser
import exports
from exports import check

PAINTED = """(() => {
  const canvas = document.querySelector('canvas.strip');
  const {data} = canvas.getContext('2d').getImageData(0, 22, canvas.width, canvas.height - 22);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3]) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  return colours.size;
})()"""
GROUND = "getComputedStyle(document.body).backgroundColor"


def text(page, selector):
    return page.ask(f"document.querySelector({selector!r}).innerText")


def search(page, word):
    page.ask(f"(() => {{ const box = document.getElementById('search'); box.value = {word!r};"
             "box.dispatchEvent(new Event('input')); })()")
    return text(page, "#found")


def ground(page):
    return page.ask(GROUND)


def check_tables(page, target):
    shown = {row["id"]: row["shown"] for row in target.document("kinds")["rows"]}
    rows = page.ask("[...document.querySelectorAll('#kinds tr')].map((row) => [...row.cells].map((cell) => cell.innerText))")
    for row in target.document("summary")["rows"]:
        line = next((one for one in rows if one[0] == shown[row["kind"]]), None)
        check(line and line[1] == (row["counter"] or "–") and line[4] == f"{row['count']:,}", f"{row} is shown as {line}")
    ledger = target.document("reconcile")
    said = text(page, "#ledger")
    check("all remainders are 0" in said, "the ledger does not say that all remainders are 0")
    for line in ledger["memstats"] + ledger["classes"]:
        check(line.get("field", line.get("name")) in said, f"{line} is not in the ledger")
    check(f"{target.mapped():,}" in said, "VIRT is not in the ledger")


def check_search(page, target):
    rows = target.document("annotate")["rows"]
    spans = [row for row in rows if row["kind"] == "heap_span"]
    found = search(page, "heap_span")
    check(f"{len(spans):,} pieces" in found and "size class" in found, f"a search for heap_span says {found}")
    check(page.ask("document.querySelectorAll('.tile.dim').length") > 3, "the other kinds are not dimmed")
    slot = next(row for row in rows if row["kind"] == "goroutine_stack")
    found = search(page, hex(int(slot["begin"], 16) + 8)).splitlines()
    check(found[-1].startswith("goroutine stack") and "heap arena" in "".join(found), f"the address of {slot} is {found}")
    check("goroutine stack" in text(page, "#selected"), "the piece at an address is not selected")
    low, high = page.ask("document.getElementById('view').textContent").split(" from ")
    check("TiB" not in low and abs(int(high, 16) - int(slot["begin"], 16)) <= slot["size"], f"{slot} is not in view: {high}")
    check("Not mapped" in search(page, "0x10"), "a hole is not said to be one")
    check("No kind and no address" in search(page, "zebra"), "nonsense is not said to be that")
    page.key("Escape")
    search(page, "")


def check_keys(page):
    page.key("0")
    whole = text(page, "#view")
    page.key("+")
    check(text(page, "#view") != whole, "+ does not zoom")
    page.key("]")
    check(text(page, "#selected").count("\n") == 0 and text(page, "#selected") != "", "] does not show a mapping")
    page.key("0")
    check(text(page, "#view") == whole, "0 does not show all")
    before = text(page, "#treemap")
    page.key("c")
    check(text(page, "#treemap") != before and "reserved" not in text(page, "#treemap"), "c does not count only what is charged")
    page.key("g")
    check("rw-" in text(page, "#treemap"), "g does not group by mapping")
    page.key("g")
    page.ask("document.querySelector('.tile.group').focus()")
    page.key("Enter")
    check(page.ask("document.querySelectorAll('#crumbs button').length") == 2, "Enter does not open a tile")
    page.key("Escape")
    check(page.ask("document.querySelectorAll('#crumbs button').length") == 1, "Escape does not go up")
    page.key("/")
    check(page.ask("document.activeElement.id") == "search", "/ does not go to the search")
    page.key("Escape")
    page.key("?")
    check(page.ask("document.getElementById('keys').open"), "? does not show the keys")
    page.ask("document.getElementById('keys').close()")


def check_pointer(page):
    place = page.ask("""(() => { const at = document.querySelector('#kinds .kind').getBoundingClientRect();
        scrollBy(0, at.top - 300); const now = document.querySelector('#kinds .kind').getBoundingClientRect();
        return [now.left + 20, now.top + 5]; })()""")
    page.point(*place)
    check("counter" in text(page, "#tip") or "charged" in text(page, "#tip"), "no glossary where a kind is pointed at")
    page.ask("scrollTo(0, 0)")
    view = text(page, "#view")
    page.point(400, 130, "mouseWheel", deltaX=0, deltaY=-400)
    check(page.becomes(f"document.querySelector('#view').innerText !== {json.dumps(view)}"), "the wheel does not zoom")
    page.key("0")


def check_themes(page):
    light = ground(page)
    painted = page.ask("document.querySelector('canvas.strip').toDataURL()")
    page.scheme(True)
    check(page.becomes(f"{GROUND} !== {json.dumps(light)}"), "the page stays light")
    check(page.becomes(f"document.querySelector('canvas.strip').toDataURL() !== {json.dumps(painted)}"), "the strip stays light")
    dark = ground(page)
    check(light == "rgb(255, 255, 255)" and dark != light, f"light is {light} and dark {dark}")
    page.key("d")
    check(ground(page) == light and text(page, "#theme") == "light", "light cannot be chosen where the system is dark")
    page.scheme(False)
    page.key("d")
    check(ground(page) == dark, "dark cannot be chosen where the system is light")
    page.key("d")


def test(folder):
    target = exports.Target(folder)
    path = target.export("html")
    with browser.Browser() as page:
        ready = page.open(path)
        check(isinstance(ready, (float, int)), f"{ready}")
        check(page.ask(PAINTED) > 4, "the strip is empty")
        check(page.ask("document.querySelectorAll('.tile').length") > 10, "the treemap is empty")
        check(page.ask("document.querySelector('[data-metric=resident]').disabled"), "resident is offered for a core")
        check("d3-hierarchy" in path.read_text(encoding="utf-8"), "the library's licence is missing")
        check_tables(page, target)
        check_search(page, target)
        check_keys(page)
        check_pointer(page)
        check_themes(page)
        check(not page.complaints(), f"{page.complaints()}")


if __name__ == "__main__":
    sys.exit(exports.main(test))
