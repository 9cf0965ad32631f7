/* Trace events of a JSON text to columns, in one pass.

   Only what is certain is read here: valid JSON with each field once and of its usual type. Any other event is handed
   back by its place in the text, so that one reader alone decides what odd events mean. Text is not trusted: no byte
   beyond its end but the zero behind it is read, and no row beyond the room given is written. */
#include "decimal.h"
#include "interner.h"
#include "json_text.h"

#define EXPORT __attribute__((visibility("default")))

enum { MOST_KNOWN = 16, KEY_SIZE = 32, MOST_KEYS = 48, LANE_SIZE = 256, KIND_FIELDS = 6 };
enum { MISSING = -1 };

/* Why a scan returned. */
enum { NEEDS_TEXT = 0, NEEDS_ROOM = 1, ENDED = 2, STRANGE = 3, NO_MEMORY = 4 };

/* An argument that is a column. */
typedef struct {
    char key[KEY_SIZE];
    int64_t size;
    int64_t highest; /* of its absolute value; what is beyond stays text */
    int64_t absent;
} Known;

/* Where the rows of one scan go. */
typedef struct {
    int64_t room;
    int64_t odd_room;
    int64_t args_room;
    int64_t rows;
    int64_t odd_rows;
    int64_t args_size;
    int64_t rounded;     /* times with digits below a nanosecond */
    uint64_t present;    /* bit n: some row has known argument n */
    int64_t *ts;
    int64_t *dur;
    int64_t *args_lengths;
    int64_t *odd;        /* first byte, byte after the last, rows before: of each event that was not read */
    int32_t *name;
    int32_t *category;
    int32_t *lane;
    int32_t *ident;
    int32_t *kind;
    uint8_t *phase;
    uint8_t *enclosing;
    uint8_t *args;
    int64_t *numbers[MOST_KNOWN];
} Rows;

typedef struct {
    Interner names;
    Interner categories;
    Interner lanes; /* "process,thread" as in the file */
    Interner ids;
    Interner kinds; /* KIND_FIELDS numbers each; anew in each scan */
    Known known[MOST_KNOWN];
    int64_t known_count;
    int64_t kind_keys[3]; /* places of device, context and stream among the known arguments */
} Scanner;

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
static inline int known_of(const Scanner *scanner, Token key) {
    for (int at = 0; at < scanner->known_count; at++)
        if (same(key, scanner->known[at].key, scanner->known[at].size)) return at;
    return -1;
}

static Place read_known(const Scanner *scanner, int at, Place p, Event *event) {
    int64_t value, highest = scanner->known[at].highest;
    if (event->present >> at & 1 || !(p = read_whole(p, &value)) || value > highest || value < -highest) return NULL;
    event->numbers[at] = value;
    event->present |= 1ull << at;
    return p;
}

/* Append `"key":value` to the text of arguments. */
static int keep_argument(Rows *rows, Event *event, Token key, Token value) {
    uint8_t *to = rows->args + rows->args_size + event->args_size;
    int64_t size = key.size + value.size + 4;
    if (rows->args_size + event->args_size + size + 1 > rows->args_room) return 0;
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

static Place read_argument(const Scanner *scanner, Place p, Place end, Rows *rows, Event *event, Keys *met) {
    int escapes;
    Place after = after_string(p, end, &escapes);
    if (!after || escapes) return NULL;
    Token key = {p + 1, after - p - 2};
    p = after_space(after);
    if (*p != ':') return NULL;
    p = after_space(p + 1);
    int at = known_of(scanner, key);
    if (at >= 0) return read_known(scanner, at, p, event);
    after = after_value(p, end, 0);
    if (!after || !is_new(met, key) || !keep_argument(rows, event, key, (Token){p, after - p})) return NULL;
    return after;
}

/* The arguments: known ones as numbers, the others as text without the space between them. */
static Place read_args(const Scanner *scanner, Place p, Place end, Rows *rows, Event *event) {
    Keys met;
    met.count = 0;
    met.filter = 0;
    if (*p == 'n') return after_word(p, "null");
    if (*p != '{') return NULL;
    p = after_space(p + 1);
    if (*p == '}') return p + 1;
    for (;;) {
        p = read_argument(scanner, p, end, rows, event, &met);
        if (!p) return NULL;
        p = after_space(p);
        if (*p == '}') break;
        if (*p != ',') return NULL;
        p = after_space(p + 1);
    }
    if (event->args_size) rows->args[rows->args_size + event->args_size++] = '}';
    return p + 1;
}

static Place read_field(const Scanner *scanner, uint32_t field, Place p, Place end, Rows *rows, Event *event) {
    int rounded;
    switch (field) {
    case PH: return read_phase(p, &event->phase);
    case NAME: return read_text(p, end, &event->name);
    case CAT: return read_text(p, end, &event->category);
    case PID: return read_owner(p, end, &event->pid);
    case TID: return read_owner(p, end, &event->tid);
    case ID: return read_id(p, end, &event->id);
    case ARGS: return read_args(scanner, p, end, rows, event);
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
static Place read_event(const Scanner *scanner, Place p, Place end, Rows *rows, Event *event) {
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
        p = read_field(scanner, field, after_space(p + 1), end, rows, event);
        if (!p) return NULL;
        p = after_space(p);
        if (*p == '}') break;
        if (*p != ',') return NULL;
        p = after_space(p + 1);
    }
    return (event->seen & (PH | TS)) == (PH | TS) ? p + 1 : NULL;
}

static int has_id(uint8_t phase) { return strchr("stfbneSTpF", phase) != NULL; }

/* The lane's number; -1 where memory ran out, -2 where its names are too long. */
static int32_t lane_of(Scanner *scanner, const Event *event) {
    uint8_t key[LANE_SIZE];
    Token pid = event->pid, tid = event->tid, none = {(Place) "null", 4};
    if (!pid.at) pid = none;
    if (!tid.at) tid = none;
    if (pid.size + tid.size + 1 > LANE_SIZE) return -2;
    memcpy(key, pid.at, (size_t)pid.size);
    key[pid.size] = ',';
    memcpy(key + pid.size + 1, tid.at, (size_t)tid.size);
    return number_of(&scanner->lanes, key, pid.size + 1 + tid.size);
}

static int32_t kind_of(Scanner *scanner, const Event *event, const Rows *rows, int64_t row) {
    int64_t key[KIND_FIELDS] = {event->phase, rows->category[row], rows->lane[row]};
    for (int at = 0; at < 3; at++) {
        int64_t place = scanner->kind_keys[at];
        key[3 + at] = place < 0 ? MISSING : rows->numbers[place][row];
    }
    return number_of(&scanner->kinds, (Place)key, sizeof key);
}

/* Write an event as the next row: 1 done, 0 not certain after all, -1 no memory. */
static int take(Scanner *scanner, Rows *rows, const Event *event) {
    int64_t row = rows->rows;
    int with_id = has_id(event->phase);
    static const uint8_t nothing[1] = {0};
    if (with_id && event->seen & ID2) return 0;
    if ((rows->lane[row] = lane_of(scanner, event)) < 0) return rows->lane[row] == -2 ? 0 : -1;
    rows->name[row] = number_of(&scanner->names, event->name.at ? event->name.at : nothing, event->name.size);
    rows->category[row] =
        number_of(&scanner->categories, event->category.at ? event->category.at : nothing, event->category.size);
    rows->ident[row] = with_id && event->id.at ? number_of(&scanner->ids, event->id.at, event->id.size) : MISSING;
    for (int at = 0; at < scanner->known_count; at++)
        rows->numbers[at][row] = event->present >> at & 1 ? event->numbers[at] : scanner->known[at].absent;
    rows->kind[row] = kind_of(scanner, event, rows, row);
    if (rows->name[row] < 0 || rows->category[row] < 0 || rows->kind[row] < 0) return -1;
    if (with_id && event->id.at && rows->ident[row] < 0) return -1;
    rows->phase[row] = event->phase;
    rows->ts[row] = event->ts;
    rows->dur[row] = event->dur;
    rows->enclosing[row] = with_id && event->enclosing;
    rows->args_lengths[row] = event->args_size;
    rows->args_size += event->args_size;
    rows->rounded += event->rounded;
    rows->present |= event->present;
    rows->rows++;
    return 1;
}

static Place between_events(Place p) {
    while (*p == ',' || *p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') p++;
    return p;
}

EXPORT void scanner_free(Scanner *scanner) {
    if (!scanner) return;
    interner_free(&scanner->names);
    interner_free(&scanner->categories);
    interner_free(&scanner->lanes);
    interner_free(&scanner->ids);
    interner_free(&scanner->kinds);
    free(scanner);
}

/* A scanner for files with these known arguments; NULL where memory ran out or there are too many. */
EXPORT Scanner *scanner_new(uint64_t seed, const Known *known, int64_t count, const int64_t *kind_keys) {
    Scanner *scanner = count <= MOST_KNOWN ? calloc(1, sizeof *scanner) : NULL;
    if (!scanner) return NULL;
    memcpy(scanner->known, known, (size_t)count * sizeof *known);
    memcpy(scanner->kind_keys, kind_keys, sizeof scanner->kind_keys);
    scanner->known_count = count;
    int made = interner_start(&scanner->names, seed, 1024) && interner_start(&scanner->categories, seed, 64) &&
               interner_start(&scanner->lanes, seed, 64) && interner_start(&scanner->ids, seed, 64) &&
               interner_start(&scanner->kinds, seed, 64);
    if (made) return scanner;
    scanner_free(scanner);
    return NULL;
}

/* Scan `size` bytes from between two events, a zero byte behind them. `*used` is what was taken: whole events, the
   bracket too that ends them. Returns why the scan ended. */
EXPORT int32_t scanner_scan(Scanner *scanner, Place text, int64_t size, Rows *rows, int64_t *used) {
    Place end = text + size, p = text;
    Event event;
    rows->rows = rows->odd_rows = rows->args_size = rows->rounded = 0;
    rows->present = 0;
    interner_clear(&scanner->kinds);
    for (;; *used = p - text) {
        *used = p - text;
        p = between_events(p);
        if (p >= end) return NEEDS_TEXT;
        if (*p == ']') {
            *used = p + 1 - text;
            return ENDED;
        }
        if (*p != '{') return STRANGE;
        if (rows->rows == rows->room || rows->odd_rows == rows->odd_room) return NEEDS_ROOM;
        Place after = read_event(scanner, p, end, rows, &event);
        int taken = after ? take(scanner, rows, &event) : 0;
        if (taken < 0) return NO_MEMORY;
        if (!taken) {
            if (!after) after = after_brackets(p, end);
            if (!after) return NEEDS_TEXT;
            int64_t *odd = rows->odd + 3 * rows->odd_rows++;
            odd[0] = p - text;
            odd[1] = after - text;
            odd[2] = rows->rows;
        }
        p = after;
    }
}
