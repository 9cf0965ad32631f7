/* Trace events of a JSON text to columns, in one pass.

   Only what is certain is read here: valid JSON with each field once and of its usual type. Any other event is handed
   back by its place in the text, so that one reader alone decides what odd events mean. Text is not trusted: no byte
   beyond its end but the zero behind it is read, and no row beyond the room given is written. */
#include "interner.h"
#include "trace_event.h"

#define EXPORT __attribute__((visibility("default")))

enum { LANE_SIZE = 256, KIND_FIELDS = 6 };

/* Why a scan returned. */
enum { NEEDS_TEXT = 0, NEEDS_ROOM = 1, ENDED = 2, STRANGE = 3, NO_MEMORY = 4 };

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
    KnownArgs known;
    int64_t kind_keys[3]; /* places of device, context and stream among the known arguments */
} Scanner;

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
    for (int at = 0; at < scanner->known.count; at++)
        rows->numbers[at][row] = event->present >> at & 1 ? event->numbers[at] : scanner->known.all[at].absent;
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
    memcpy(scanner->known.all, known, (size_t)count * sizeof *known);
    memcpy(scanner->kind_keys, kind_keys, sizeof scanner->kind_keys);
    scanner->known.count = count;
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
    for (;;) {
        *used = p - text;
        p = between_events(p);
        if (p >= end) return NEEDS_TEXT;
        if (*p == ']') {
            *used = p + 1 - text;
            return ENDED;
        }
        if (*p != '{') return STRANGE;
        if (rows->rows == rows->room || rows->odd_rows == rows->odd_room) return NEEDS_ROOM;
        ArgsRoom args = {rows->args + rows->args_size, rows->args_room - rows->args_size};
        Place after = read_event(&scanner->known, p, end, args, &event);
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
