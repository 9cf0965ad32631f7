/* One trace event of a JSON text, field by field. */
#ifndef LANESCOPE_TRACE_EVENT_H
#define LANESCOPE_TRACE_EVENT_H

#include "decimal.h"
#include "json_text.h"

enum { MOST_KNOWN = 16, KEY_SIZE = 32, MOST_KEYS = 48 };
enum { MISSING = -1 };

/* An argument that is a column. */
typedef struct {
    char key[KEY_SIZE];
    int64_t size;
    int64_t highest; /* of its absolute value; what is beyond stays text */
    int64_t absent;
} Known;

typedef struct {
    Known all[MOST_KNOWN];
    int64_t count;
} KnownArgs;

/* Where the text of arguments goes. */
typedef struct {
    uint8_t *to;
    int64_t room;
} ArgsRoom;

/* One event while it is read. An absent token has no place. */
typedef struct {
    Token name, category, pid, tid, id;
    int64_t ts, dur, rounded;
    int64_t numbers[MOST_KNOWN];
    uint64_t present;
    int64_t args_size;
    uint32_t seen;
    uint8_t phase;
    uint8_t enclosing;
} Event;

enum { PH = 1, NAME = 2, CAT = 4, TS = 8, DUR = 16, PID = 32, TID = 64, ARGS = 128, ID = 256, ID2 = 512, BP = 1024 };

static inline int same(Token token, const char *word, int64_t size) {
    return token.size == size && !memcmp(token.at, word, (size_t)size);
}

static uint32_t field_of(Token key) {
    switch (key.size) {
    case 2:
        return same(key, "ph", 2) ? PH : same(key, "ts", 2) ? TS : same(key, "id", 2) ? ID : same(key, "bp", 2) ? BP : 0;
    case 3:
        return same(key, "dur", 3)   ? DUR
               : same(key, "pid", 3) ? PID
               : same(key, "tid", 3) ? TID
               : same(key, "cat", 3) ? CAT
               : same(key, "id2", 3) ? ID2
                                     : 0;
    case 4: return same(key, "name", 4) ? NAME : same(key, "args", 4) ? ARGS : 0;
    default: return 0;
    }
}

/* A string as it stands between its quotes, escapes and all. */
static Place read_text(Place p, Place end, Token *text) {
    int escapes;
    Place after = after_string(p, end, &escapes);
    if (after) *text = (Token){p + 1, after - p - 2};
    return after;
}

/* A process or thread with its quotes: a string, null, or a number of few digits. */
static Place read_owner(Place p, Place end, Token *owner) {
    int escapes;
    int64_t value;
    Place after = *p == '"' ? after_string(p, end, &escapes) : *p == 'n' ? after_word(p, "null") : read_whole(p, &value);
    if (after) *owner = (Token){p, after - p};
    return after;
}

/* The id of a flow: digits, or a string without escapes, without its quotes. */
static Place read_id(Place p, Place end, Token *id) {
    int escapes = 0;
    int64_t value;
    Place after = *p == '"' ? after_string(p, end, &escapes) : read_whole(p, &value);
    if (!after || escapes) return NULL;
    *id = *p == '"' ? (Token){p + 1, after - p - 2} : (Token){p, after - p};
    return after;
}

static Place read_phase(Place p, uint8_t *phase) {
    uint8_t letter = p[0] == '"' ? p[1] : 0;
    if ((uint8_t)((letter | 0x20) - 'a') >= 26 || p[2] != '"' || letter == 'M' || letter == 'C') return NULL;
    *phase = letter;
    return p + 3;
}

/* Arguments met so far of one event: none may come twice, since the last one counts then. */
typedef struct {
    Token keys[MOST_KEYS];
    int count;
    uint64_t filter;
} Keys;

static int is_new(Keys *met, Token key) {
    uint64_t bytes = 0;
    memcpy(&bytes, key.at, (size_t)(key.size < 8 ? key.size : 8));
    uint64_t bit = 1ull << ((bytes * 0x9E3779B97F4A7C15ull ^ (uint64_t)key.size << 58) >> 58);
    if (met->filter & bit)
        for (int at = 0; at < met->count; at++)
            if (same(met->keys[at], (const char *)key.at, key.size)) return 0;
    if (met->count == MOST_KEYS) return 0;
    met->filter |= bit;
    met->keys[met->count++] = key;
    return 1;
}

/* Number of a known argument, -1 for any other. */
static inline int known_of(const KnownArgs *known, Token key) {
    for (int at = 0; at < known->count; at++)
        if (same(key, known->all[at].key, known->all[at].size)) return at;
    return -1;
}

static Place read_known(const KnownArgs *known, int at, Place p, Event *event) {
    int64_t value, highest = known->all[at].highest;
    if (event->present >> at & 1 || !(p = read_whole(p, &value)) || value > highest || value < -highest) return NULL;
    event->numbers[at] = value;
    event->present |= 1ull << at;
    return p;
}

/* Append `"key":value` to the text of arguments. */
static int keep_argument(ArgsRoom args, Event *event, Token key, Token value) {
    int64_t size = key.size + value.size + 4;
    if (event->args_size + size + 1 > args.room) return 0;
    uint8_t *to = args.to + event->args_size;
    *to++ = event->args_size ? ',' : '{';
    *to++ = '"';
    memcpy(to, key.at, (size_t)key.size);
    to += key.size;
    *to++ = '"';
    *to++ = ':';
    memcpy(to, value.at, (size_t)value.size);
    event->args_size += size;
    return 1;
}

static Place read_argument(const KnownArgs *known, Place p, Place end, ArgsRoom args, Event *event, Keys *met) {
    int escapes;
    Place after = after_string(p, end, &escapes);
    if (!after || escapes) return NULL;
    Token key = {p + 1, after - p - 2};
    p = after_space(after);
    if (*p != ':') return NULL;
    p = after_space(p + 1);
    int at = known_of(known, key);
    if (at >= 0) return read_known(known, at, p, event);
    after = after_value(p, end, 0);
    if (!after || !is_new(met, key) || !keep_argument(args, event, key, (Token){p, after - p})) return NULL;
    return after;
}

/* The arguments: known ones as numbers, the others as text without the space between them. */
static Place read_args(const KnownArgs *known, Place p, Place end, ArgsRoom args, Event *event) {
    Keys met;
    met.count = 0;
    met.filter = 0;
    if (*p == 'n') return after_word(p, "null");
    if (*p != '{') return NULL;
    p = after_space(p + 1);
    if (*p == '}') return p + 1;
    for (;;) {
        p = read_argument(known, p, end, args, event, &met);
        if (!p) return NULL;
        p = after_space(p);
        if (*p == '}') break;
        if (*p != ',') return NULL;
        p = after_space(p + 1);
    }
    if (event->args_size) args.to[event->args_size++] = '}';
    return p + 1;
}

static Place read_field(const KnownArgs *known, uint32_t field, Place p, Place end, ArgsRoom args, Event *event) {
    int rounded;
    switch (field) {
    case PH: return read_phase(p, &event->phase);
    case NAME: return read_text(p, end, &event->name);
    case CAT: return read_text(p, end, &event->category);
    case PID: return read_owner(p, end, &event->pid);
    case TID: return read_owner(p, end, &event->tid);
    case ID: return read_id(p, end, &event->id);
    case ARGS: return read_args(known, p, end, args, event);
    case TS:
    case DUR:
        p = read_nanoseconds(p, field == TS ? &event->ts : &event->dur, &rounded);
        event->rounded += p && rounded;
        return p;
    case BP: {
        Place after = after_value(p, end, 0);
        event->enclosing = after && same((Token){p, after - p}, "\"e\"", 3);
        return after;
    }
    default: return after_value(p, end, 0);
    }
}

/* One event, `p` at its brace; NULL where it is not certain, and where the text ends before it does. */
static Place read_event(const KnownArgs *known, Place p, Place end, ArgsRoom args, Event *event) {
    int escapes;
    memset(event, 0, offsetof(Event, numbers));
    event->present = event->args_size = event->seen = event->phase = event->enclosing = 0;
    event->dur = MISSING;
    p = after_space(p + 1);
    for (;;) {
        Place after = after_string(p, end, &escapes);
        if (!after || escapes) return NULL;
        uint32_t field = field_of((Token){p + 1, after - p - 2});
        if (event->seen & field) return NULL;
        event->seen |= field;
        p = after_space(after);
        if (*p != ':') return NULL;
        p = read_field(known, field, after_space(p + 1), end, args, event);
        if (!p) return NULL;
        p = after_space(p);
        if (*p == '}') break;
        if (*p != ',') return NULL;
        p = after_space(p + 1);
    }
    return (event->seen & (PH | TS)) == (PH | TS) ? p + 1 : NULL;
}

#endif
