/* The grammar of JSON (RFC 8259), checked strictly.

   Every function takes a place in the text and returns the place after what it read, or NULL where the text is not
   valid JSON, is not what was asked for, or ends. The text has a zero byte behind its end: no token may hold one, so
   that reading byte by byte always stops there. */
#ifndef LANESCOPE_JSON_TEXT_H
#define LANESCOPE_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "eight bytes are looked at in one go, the first of them as the lowest"
#endif

typedef const uint8_t *Place;

typedef struct {
    Place at;
    int64_t size;
} Token;

/* Values nested deeper than this are left to the other reader. */
enum { DEEPEST = 64 };

#define EACH_BYTE(value) (0x0101010101010101ull * (value))

static inline int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

static inline Place after_space(Place p) {
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') p++;
    return p;
}

/* Eight bytes with the high bit set in each that is `value`; exact up to the first. */
static inline uint64_t bytes_equal(uint64_t bytes, uint8_t value) {
    uint64_t rest = bytes ^ EACH_BYTE(value);
    return (rest - EACH_BYTE(0x01)) & ~rest & EACH_BYTE(0x80);
}

/* The first byte that ends a run of plain characters: a quote, a backslash, a control byte or one beyond ASCII. */
static inline Place after_plain(Place p, Place end) {
    while (end - p >= 8) {
        uint64_t bytes;
        memcpy(&bytes, p, 8);
        uint64_t below_space = (bytes - EACH_BYTE(0x20)) & ~bytes & EACH_BYTE(0x80);
        uint64_t found = (bytes & EACH_BYTE(0x80)) | below_space | bytes_equal(bytes, '"') | bytes_equal(bytes, '\\');
        if (found) return p + (__builtin_ctzll(found) >> 3);
        p += 8;
    }
    while (*p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\') p++;
    return p;
}

static inline int continues(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* One character of two to four bytes of UTF-8: shortest form, no surrogates, up to U+10FFFF. */
static inline Place after_character(Place p) {
    uint8_t first = p[0];
    if (first < 0xC2 || first > 0xF4 || !continues(p[1])) return NULL;
    if (first < 0xE0) return p + 2;
    if (!continues(p[2])) return NULL;
    if (first < 0xF0) {
        int too_long = first == 0xE0 && p[1] < 0xA0, surrogate = first == 0xED && p[1] > 0x9F;
        return too_long || surrogate ? NULL : p + 3;
    }
    if (!continues(p[3])) return NULL;
    int too_long = first == 0xF0 && p[1] < 0x90, too_high = first == 0xF4 && p[1] > 0x8F;
    return too_long || too_high ? NULL : p + 4;
}

static inline int is_hex(uint8_t byte) { return is_digit(byte) || (uint8_t)((byte | 0x20) - 'a') < 6; }

/* An escape, `p` at its backslash. Surrogates, which must come in pairs, are left to the other reader. */
static inline Place after_escape(Place p) {
    if (p[1] == 'u') {
        int valid = is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]);
        int surrogate = (p[2] | 0x20) == 'd' && p[3] > '7';
        return valid && !surrogate ? p + 6 : NULL;
    }
    return p[1] && strchr("\"\\/bfnrt", p[1]) ? p + 2 : NULL;
}

/* A string, `p` at its opening quote. `*escapes` tells whether it holds a backslash. */
static inline Place after_string(Place p, Place end, int *escapes) {
    *escapes = 0;
    if (*p != '"') return NULL;
    for (p++;;) {
        p = after_plain(p, end);
        if (*p == '"') return p + 1;
        if (*p == '\\') {
            *escapes = 1;
            p = after_escape(p);
        } else {
            p = after_character(p);
        }
        if (!p) return NULL;
    }
}

static inline Place after_digits(Place p) {
    Place first = p;
    while (is_digit(*p)) p++;
    return p > first ? p : NULL;
}

static inline Place after_number(Place p) {
    if (*p == '-') p++;
    p = *p == '0' ? p + 1 : after_digits(p);
    if (p && *p == '.') p = after_digits(p + 1);
    if (p && (*p == 'e' || *p == 'E')) {
        p++;
        p = after_digits(*p == '+' || *p == '-' ? p + 1 : p);
    }
    return p;
}

static inline Place after_word(Place p, const char *word) {
    size_t size = strlen(word);
    for (size_t at = 0; at < size; at++)
        if (p[at] != (uint8_t)word[at]) return NULL;
    return p + size;
}

static Place after_value(Place p, Place end, int depth);

/* The elements of an array or the members of an object, `p` at its opening bracket. */
static Place after_container(Place p, Place end, int depth) {
    int is_object = *p == '{', escapes;
    uint8_t closing = is_object ? '}' : ']';
    if (depth >= DEEPEST) return NULL;
    p = after_space(p + 1);
    if (*p == closing) return p + 1;
    for (;;) {
        if (is_object) {
            p = after_string(p, end, &escapes);
            if (!p) return NULL;
            p = after_space(p);
            if (*p != ':') return NULL;
            p = after_space(p + 1);
        }
        p = after_value(p, end, depth + 1);
        if (!p) return NULL;
        p = after_space(p);
        if (*p == closing) return p + 1;
        if (*p != ',') return NULL;
        p = after_space(p + 1);
    }
}

static Place after_value(Place p, Place end, int depth) {
    int escapes;
    switch (*p) {
    case '"': return after_string(p, end, &escapes);
    case '{':
    case '[': return after_container(p, end, depth);
    case 't': return after_word(p, "true");
    case 'f': return after_word(p, "false");
    case 'n': return after_word(p, "null");
    default: return after_number(p);
    }
}

/* The end of an element that need not be valid, by its brackets and quotes alone; NULL if the text ends before it.
   A quote behind an odd number of backslashes is none, inside of strings and outside. */
static Place after_brackets(Place p, Place end) {
    Place start = p;
    int64_t depth = 0;
    int in_string = 0;
    for (; p < end; p++) {
        if (*p == '"') {
            Place before = p;
            while (before > start && before[-1] == '\\') before--;
            if (!((p - before) & 1)) in_string = !in_string;
        } else if (!in_string && (*p == '{' || *p == '[')) {
            depth++;
        } else if (!in_string && (*p == '}' || *p == ']')) {
            if (--depth == 0) return p + 1;
        }
    }
    return NULL;
}

#endif
