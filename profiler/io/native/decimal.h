/* Numbers of a JSON text as whole numbers, exactly: digits are read as digits. */
#ifndef LANESCOPE_DECIMAL_H
#define LANESCOPE_DECIMAL_H

#include "json_text.h"

/* Of integers more digits than this are left to the other reader; they still fit once they are scaled by 1000. */
enum { MOST_DIGITS = 16 };

/* Digits as a number, up to MOST_DIGITS of them. */
static inline Place read_digits(Place p, uint64_t *value) {
    Place first = p;
    uint64_t sum = 0;
    while (is_digit(*p)) {
        if (p - first >= MOST_DIGITS) return NULL;
        sum = sum * 10 + (uint64_t)(*p++ - '0');
    }
    *value = sum;
    return p > first ? p : NULL;
}

/* What stands before and behind a number: a number within quotes counts too, and only there may zeros lead. */
static inline Place read_start(Place p, int *quoted, int *negative) {
    *quoted = *p == '"';
    if (*quoted) p++;
    *negative = *p == '-';
    if (*negative) p++;
    if (!*quoted && p[0] == '0' && is_digit(p[1])) return NULL;
    return p;
}

static inline Place read_end(Place p, int quoted) {
    if (!quoted) return *p == 'e' || *p == 'E' || *p == '.' ? NULL : p;
    return *p == '"' ? p + 1 : NULL;
}

static inline Place read_whole(Place p, int64_t *value) {
    int quoted, negative;
    uint64_t digits;
    p = read_start(p, &quoted, &negative);
    if (!p || !(p = read_digits(p, &digits))) return NULL;
    *value = negative ? -(int64_t)digits : (int64_t)digits;
    return read_end(p, quoted);
}

/* Digits behind the third decimal: whether they round the third one up, half to even. */
static inline int rounds_up(Place p, Place last, int odd, int *rounded) {
    int first = *p - '0', rest = 0;
    for (Place at = p + 1; at < last; at++) rest |= *at - '0';
    *rounded = first || rest;
    return first > 5 || (first == 5 && (rest || odd));
}

/* Microseconds with any number of decimals as nanoseconds. `*rounded` tells whether there were digits below one. */
static inline Place read_nanoseconds(Place p, int64_t *value, int *rounded) {
    int quoted, negative, decimals = 0;
    uint64_t whole, fraction = 0;
    *rounded = 0;
    p = read_start(p, &quoted, &negative);
    if (!p || !(p = read_digits(p, &whole))) return NULL;
    if (*p == '.') {
        p++;
        for (; decimals < 3 && is_digit(*p); decimals++) fraction = fraction * 10 + (uint64_t)(*p++ - '0');
        if (!decimals) return NULL;
        for (; decimals < 3; decimals++) fraction *= 10;
    }
    uint64_t sum = whole * 1000 + fraction;
    if (is_digit(*p)) {
        Place last = after_digits(p);
        sum += (uint64_t)rounds_up(p, last, (int)(sum & 1), rounded);
        p = last;
    }
    if (sum >= 1ull << 62) return NULL;
    *value = negative ? -(int64_t)sum : (int64_t)sum;
    return read_end(p, quoted);
}

#endif
