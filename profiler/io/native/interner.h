/* Numbers for byte strings, in order of first appearance. */
#ifndef LANESCOPE_INTERNER_H
#define LANESCOPE_INTERNER_H

#include <stdlib.h>

#include "json_text.h"

typedef struct {
    uint64_t hash;
    int64_t offset;
    int64_t size;
} Entry;

typedef struct {
    int32_t *table; /* numbers + 1, 0 where free; at most half of the places are taken */
    int64_t places; /* a power of two */
    Entry *entries;
    int64_t count;
    int64_t entry_room;
    uint8_t *bytes;
    int64_t used;
    int64_t room;
    uint64_t seed;
} Interner;

static inline uint64_t mixed(uint64_t left, uint64_t right) {
    unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_of(Place p, int64_t size, uint64_t seed) {
    uint64_t hash = seed ^ (uint64_t)size, bytes = 0;
    for (; size >= 8; size -= 8, p += 8) {
        memcpy(&bytes, p, 8);
        hash = mixed(hash ^ bytes, 0x9E3779B97F4A7C15ull);
    }
    bytes = 0;
    memcpy(&bytes, p, (size_t)size);
    return mixed(hash ^ bytes, seed | 1);
}

static int interner_start(Interner *found, uint64_t seed, int64_t places) {
    memset(found, 0, sizeof *found);
    found->seed = seed;
    found->places = places;
    found->table = calloc((size_t)places, sizeof *found->table);
    return found->table != NULL;
}

static void interner_free(Interner *found) {
    free(found->table);
    free(found->entries);
    free(found->bytes);
    memset(found, 0, sizeof *found);
}

static void interner_clear(Interner *found) {
    memset(found->table, 0, (size_t)found->places * sizeof *found->table);
    found->count = found->used = 0;
}

static int interner_widen(Interner *found) {
    int64_t places = found->places * 2;
    int32_t *table = calloc((size_t)places, sizeof *table);
    if (!table) return 0;
    for (int64_t number = 0; number < found->count; number++) {
        uint64_t at = found->entries[number].hash & (uint64_t)(places - 1);
        while (table[at]) at = (at + 1) & (uint64_t)(places - 1);
        table[at] = (int32_t)number + 1;
    }
    free(found->table);
    found->table = table;
    found->places = places;
    return 1;
}

/* Room for one more entry of `size` bytes. */
static int interner_make_room(Interner *found, int64_t size) {
    if (found->count >= INT32_MAX - 1) return 0;
    if (found->count * 2 >= found->places && !interner_widen(found)) return 0;
    if (found->count == found->entry_room) {
        int64_t room = found->entry_room ? 2 * found->entry_room : 64;
        Entry *entries = realloc(found->entries, (size_t)room * sizeof *entries);
        if (!entries) return 0;
        found->entries = entries;
        found->entry_room = room;
    }
    if (found->used + size > found->room) {
        int64_t room = 2 * found->room + size + 1024;
        uint8_t *bytes = realloc(found->bytes, (size_t)room);
        if (!bytes) return 0;
        found->bytes = bytes;
        found->room = room;
    }
    return 1;
}

/* The number of a byte string; -1 where memory ran out. */
static int32_t number_of(Interner *found, Place p, int64_t size) {
    uint64_t hash = hash_of(p, size, found->seed), at = hash & (uint64_t)(found->places - 1);
    for (; found->table[at]; at = (at + 1) & (uint64_t)(found->places - 1)) {
        Entry *entry = found->entries + found->table[at] - 1;
        if (entry->hash != hash || entry->size != size) continue;
        if (!size || !memcmp(found->bytes + entry->offset, p, (size_t)size))
            return found->table[at] - 1;
    }
    if (!interner_make_room(found, size)) return -1;
    at = hash & (uint64_t)(found->places - 1);
    while (found->table[at]) at = (at + 1) & (uint64_t)(found->places - 1);
    Entry *entry = found->entries + found->count;
    entry->hash = hash;
    entry->offset = found->used;
    entry->size = size;
    if (size) memcpy(found->bytes + found->used, p, (size_t)size);
    found->used += size;
    found->table[at] = (int32_t)++found->count;
    return (int32_t)found->count - 1;
}

#endif
