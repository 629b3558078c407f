#!/usr/bin/env python3
"""The Perfetto trace, read back with Perfetto's own protobuf classes: it says what annotate and summary say."""

import sys

import exports
import official
from exports import check


class Trace:
    """Names and tracks put back in place of numbers."""

    def __init__(self, data):
        classes = official.perfetto_classes()
        trace = classes.Trace()
        check(trace.ParseFromString(data) == len(data), "the trace has bytes that Perfetto does not read")
        self.types = classes.TrackEvent.Type
        self.tracks, self.events = {}, []
        names, labels, words = {}, {}, {}
        for packet in trace.packet:
            interned = packet.interned_data
            names.update((one.iid, one.name) for one in interned.event_names)
            labels.update((one.iid, one.name) for one in interned.debug_annotation_names)
            words.update((one.iid, one.str.decode()) for one in interned.debug_annotation_string_values)
            if packet.HasField("track_descriptor"):
                self.tracks[packet.track_descriptor.uuid] = packet.track_descriptor
            if packet.HasField("track_event"):
                self.add(packet.timestamp, packet.track_event, names, labels, words)

    def add(self, time, event, names, labels, words):
        notes = {}
        for note in event.debug_annotations:
            value = getattr(note, note.WhichOneof("value"))
            notes[labels[note.name_iid]] = words[value] if note.HasField("string_value_iid") else value
        self.events.append((time, event.type, event.track_uuid, names.get(event.name_iid), event.counter_value, notes))

    def children(self, name):
        parent = next(uuid for uuid, track in self.tracks.items() if track.name.startswith(name))
        return {uuid: track.name for uuid, track in self.tracks.items() if track.parent_uuid == parent}

    def counters(self, group):
        """name -> its values, in time order"""
        tracks = self.children(group)
        values = {}
        for _, kind, track, _, value, _ in self.events:
            if track in tracks:
                check(kind == self.types.TYPE_COUNTER, "something else than a counter on a counter track")
                values.setdefault(tracks[track], []).append(value)
        return values

    def slices(self):
        """(depth, begin, end, name, notes) in order of their begin"""
        found, opened, last = [], [], 0
        for time, kind, _, name, _, notes in self.events:
            if kind == self.types.TYPE_SLICE_BEGIN:
                check(time >= last, "slices are not in time order")
                opened.append(len(found))
                found.append([len(opened) - 1, time, None, name, notes])
            elif kind == self.types.TYPE_SLICE_END:
                found[opened.pop()][2] = time
            else:
                continue
            last = time
        check(not opened, "a slice has no end")
        return found


def check_counters(target, trace):
    shown = {row["id"]: row["shown"] for row in target.document("kinds")["rows"]}
    rows = target.document("summary")["rows"]
    wanted = {shown[row["kind"]]: [row["bytes"]] * 2 for row in rows}
    check(trace.counters("bytes by kind") == wanted, "counter tracks by kind are not summary's bytes")
    check(sum(values[0] for values in trace.counters("bytes by counter").values()) == target.mapped(),
          "counter tracks by counter do not add up to VIRT")


def check_slices(target, trace):
    rows = target.document("annotate")["rows"]
    slices = trace.slices()
    check(len(slices) == len(rows), f"{len(slices)} slices for {len(rows)} rows of annotate")
    for (depth, begin, end, _, notes), row in zip(slices, rows):
        same = (depth, end - begin, notes["address"], notes.get("counter")) == (
            row["depth"], row["size"], int(row["begin"], 16), row["counter"])
        check(same, f"slice {depth, begin, end, notes} is not {row}")
    check(max(end for _, _, end, _, _ in slices) == target.mapped(), "the axis is not as long as what is mapped")


def test(folder):
    target = exports.Target(folder)
    trace = Trace(target.export("perfetto").read_bytes())
    check_counters(target, trace)
    check_slices(target, trace)


if __name__ == "__main__":
    sys.exit(exports.main(test))
