/* Runs the scanner over texts, in memory that is exactly as large as the scanner is told, under sanitizers.

   usage: scan_sanitized FILE      FILE holds texts, each behind its size in eight bytes. Prints how many rows were read
   and how many events were left. */
#include <stdio.h>

#include "scan_events.c"

static const Known KNOWN[] = {
    {"correlation", 11, INT64_MAX, -1}, {"device", 6, INT32_MAX, -1}, {"context", 7, INT64_MAX, -1},
    {"stream", 6, INT64_MAX, -1},       {"bytes", 5, INT64_MAX, -1},
};
enum { KNOWN_COUNT = 5 };
static const int64_t KIND_KEYS[] = {1, 2, 3};

static void check(int holds) {
    if (!holds) abort();
}

static Rows rows_of(int64_t room, int64_t odd_room, int64_t args_room) {
    Rows rows = {.room = room, .odd_room = odd_room, .args_room = args_room};
    rows.ts = malloc((size_t)room * 8);
    rows.dur = malloc((size_t)room * 8);
    rows.args_lengths = malloc((size_t)room * 8);
    rows.odd = malloc((size_t)odd_room * 24);
    rows.name = malloc((size_t)room * 4);
    rows.category = malloc((size_t)room * 4);
    rows.lane = malloc((size_t)room * 4);
    rows.ident = malloc((size_t)room * 4);
    rows.kind = malloc((size_t)room * 4);
    rows.phase = malloc((size_t)room);
    rows.enclosing = malloc((size_t)room);
    rows.args = malloc((size_t)args_room);
    for (int at = 0; at < KNOWN_COUNT; at++) rows.numbers[at] = malloc((size_t)room * 8);
    return rows;
}

static void free_rows(Rows *rows) {
    void *all[] = {rows->ts,   rows->dur,  rows->args_lengths, rows->odd,       rows->name, rows->category,
                   rows->lane, rows->ident, rows->kind,        rows->phase, rows->enclosing, rows->args};
    for (size_t at = 0; at < sizeof all / sizeof *all; at++) free(all[at]);
    for (int at = 0; at < KNOWN_COUNT; at++) free(rows->numbers[at]);
}

int main(int count, char **arguments) {
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    int64_t size, read_rows = 0, left = 0;
    if (!file) return 2;
    for (int64_t number = 0; fread(&size, 8, 1, file) == 1; number++) {
        uint8_t *text = malloc((size_t)size + 1);
        check(size == 0 || fread(text, (size_t)size, 1, file) == 1);
        text[size] = 0;
        Scanner *scanner = scanner_new((uint64_t)number, KNOWN, KNOWN_COUNT, KIND_KEYS);
        Rows rows = rows_of(1 + number % 5, 1 + number % 3, number % 7 * 16);
        int64_t at = 0, used;
        int ending;
        do {
            ending = scanner_scan(scanner, text + at, size - at, &rows, &used);
            check(ending != NO_MEMORY && used >= 0 && at + used <= size && rows.args_size <= rows.args_room);
            check(rows.rows <= rows.room && rows.odd_rows <= rows.odd_room);
            for (int64_t odd = 0; odd < rows.odd_rows; odd++)
                check(rows.odd[3 * odd] < rows.odd[3 * odd + 1] && rows.odd[3 * odd + 1] <= used);
            at += used;
            read_rows += rows.rows;
            left += rows.odd_rows;
        } while (ending == NEEDS_ROOM);
        free_rows(&rows);
        scanner_free(scanner);
        free(text);
    }
    fclose(file);
    printf("%lld %lld\n", (long long)read_rows, (long long)left);
    return 0;
}
