"""Small Chrome files of our own whose text is odd or cut off."""

from __future__ import annotations

from tests.io.sample_case import Case

TEXT = [
    Case(
        "known_arguments_that_do_not_fit_stay_text",
        """[{"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
             "args": {"device": "gpu", "stream": 7.5, "correlation": 1e30, "bytes": [1], "context": "3"}},
            {"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
             "args": {"device": 99999999999, "note": {"device": 4, "s": "a \\"stream\\": 5, b"}}}]""",
        [
            {"device": 0, "stream": 7, "correlation": -1, "bytes": -1, "context": 3,
             "args": '{"correlation":1e30,"device":"gpu","stream":7.5,"bytes":[1]}'},
            {"device": 0, "args": '{"note":{"device": 4, "s": "a \\"stream\\": 5, b"},"device":99999999999}'},
        ],
    ),
    Case(
        "fields_of_odd_types",
        """[{"ph": "X", "cat": 5, "name": 7, "pid": [1], "tid": true, "ts": 1, "dur": 1, "args": "text"},
            {"ph": "X", "cat": null, "name": null, "pid": null, "ts": 2, "dur": 1, "args": null},
            {"ph": "X", "name": "fine", "pid": 1.0, "tid": 2.0, "ts": 3, "dur": 1, "args": []}]""",
        [
            {"name": "7", "source": "5", "args": '{"args":"text"}'},
            {"name": "", "source": None, "args": ""},
            {"name": "fine", "tid": 2, "args": '{"args":[]}'},
        ],
    ),
    Case(
        "numbers_that_are_no_json",
        """{"traceEvents": [
        {"ph": "X", "cat": "kernel", "name": "nan in a name", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
         "args": {"memory bandwidth (GB/s)": inf, "occupancy": -nan, "x": NaN, "y": -Infinity, "z": "inf, nan"}},
        {"ph": "X", "cat": "kernel", "name": "next", "pid": 0, "tid": 7, "ts": 3, "dur": 1}]}""",
        [
            {"name": "nan in a name",
             "args": '{"memory bandwidth (GB/s)":null,"occupancy":null,"x":null,"y":null,"z":"inf, nan"}'},
            {"name": "next"},
        ],
        {"non_finite_number": 4},
    ),
    Case(
        "strings_that_are_no_json",
        '[{"ph": "X", "name": "C:\\dir\tx", "pid": 1, "tid": 1, "ts": 1, "dur": 1},'
        ' {"ph": "X", "name": "half \\ud83d pair", "pid": 1, "tid": 1, "ts": 2, "dur": 1},'
        ' {"ph": "X", "name": "whole \\ud83d\\ude00", "pid": 1, "tid": 1, "ts": 3, "dur": 1}]',
        [{"name": "C:\\dir\tx"}, {"name": "half \ufffd pair"}, {"name": "whole \U0001f600"}],
        {"invalid_string": 2},
    ),
    Case(
        "brackets_and_commas_inside_strings",
        """[{"ph": "X", "name": "a}, {b", "pid": 1, "tid": 1, "ts": 1, "dur": 1, "args": {"t": "x\\"}, {\\\\"}},
            {"ph": "X", "name": "]}", "pid": 1, "tid": 1, "ts": 2, "dur": 1, "args": {"l": [{"a": 1}, {"b": 2}]}}]""",
        [{"name": "a}, {b"}, {"name": "]}", "args": '{"l":[{"a": 1}, {"b": 2}]}'}],
    ),
    Case(
        "unknown_phases_are_counted",
        """[{"ph": "N", "name": "o", "id": 1, "pid": 1, "tid": 1, "ts": 1},
            {"ph": "D", "name": "o", "id": 1, "pid": 1, "tid": 1, "ts": 2},
            {"ph": "P", "name": "sample", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "XX", "name": "odd", "pid": 1, "tid": 1, "ts": 2},
            {"name": "none", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "M", "name": "process_uptime", "pid": 1, "args": {"s": 1}},
            {"ph": "X", "name": "kept", "pid": 1, "tid": 1, "ts": 2, "dur": 1}]""",
        [{"name": "kept"}],
        {"chrome_ignored_object": 2, "chrome_ignored_sample": 1, "chrome_ignored_phase": 2,
         "chrome_ignored_metadata": 1},
    ),
    Case(
        "list_without_its_bracket",
        '[\n{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n'
        '{"ph": "X", "name": "b", "pid": 1, "tid": 1, "ts": 2, "dur": 1},\n',
        [{"name": "a"}, {"name": "b"}],
        {"chrome_unclosed_array": 1},
    ),
    Case(
        "cut_within_an_event",
        '{"traceEvents": [{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n'
        '{"ph": "X", "name": "b", "pi',
        [{"name": "a"}],
        {"truncated": 1},
    ),
    Case(
        "cut_after_the_events",
        '{"traceEvents": [{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1}], "traceName": "x',
        [{"name": "a"}],
        {"truncated": 1},
    ),
    Case(
        "byte_order_mark_trailing_comma_and_null",
        '\ufeff  [null, {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n]\n',
        [{"name": "a"}],
        {"chrome_bad_event": 1},
    ),
    Case(
        "traceevents_inside_the_header_is_not_the_list",
        """{"otherData": {"traceEvents": [1, 2], "text": "\\"traceEvents\\": [3"}, "displayTimeUnit": "ms",
            "traceEvents" : [ {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1} ],
            "baseTimeNanoseconds": 1767189312000000000, "stackFrames": {"1": {"name": "f"}, "2": {"name": "g"}}}""",
        [{"name": "a"}],
        meta={"clock": {"base_ns": 1767189312000000000}},
    ),
    Case("no_events_at_all", '{"traceEvents": []}', [], meta={"events": 0}),
]  # fmt: skip
