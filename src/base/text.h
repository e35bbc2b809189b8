/* Text at its borders: UTF-8, hex, base64, and the one place where strings of an archive are made
 * harmless. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* Sixteen members of a table of all bytes, where ranges of them are alike. */
#define SIXTEEN(v) v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v

/* Length (1–4) of the valid UTF-8 sequence at p[0..n), 0 if there is none (Unicode table 3-7).
 * *ret_cp is its code point. */
unsigned utf8_next(const unsigned char *p, size_t n, uint32_t *ret_cp);
bool utf8_valid(const void *p, size_t n);
void buf_utf8(struct buf *b, uint32_t cp);

void hex_of(const unsigned char *p, size_t n, char *out); /* 2n characters and NUL */
void buf_hash(struct buf *b, const uint8_t d[32]);        /* 64 hex digits */
/* n hex digits, lowercase only, n even */
bool hex_to(const char *s, size_t n, unsigned char *out);

void base64_of(const unsigned char *p, size_t n, struct buf *out);
/* strict: padding, zero pad bits */
bool base64_to(const char *s, size_t n, struct buf *out);

/* uuid: 36 characters of 8-4-4-4-12 in any case to 16 bytes and back (lowercase). */
bool uuid_to(const char *s, size_t n, unsigned char out[16]);
void uuid_of(const unsigned char id[16], char out[37]);

/* Parses all of s[0..n) as a decimal; false on anything else, sign included, or more than 64
 * bits. */
bool dec_u64(const char *s, size_t n, uint64_t *ret);
/* -?digits, no leading zeros */
bool dec_i64(const char *s, size_t n, int64_t *ret);

/*
 * Makes UTF-8 without a byte order mark of a text as somebody's editor or shell saved it: UTF-16
 * of either order (with its mark, or
 * where every other byte is NUL), or UTF-8 with a mark. out gets the text; false: unpaired
 * surrogates or an odd number of bytes.
 */
bool text_unwrap(const void *p, size_t n, struct buf *out);

/*
 * Is all of it, but for white space, one base64 text of printable UTF-8 (at least 8 bytes), such
 * as `kubectl get secret` shows? Then out gets it.
 */
bool text_unbase64(const void *p, size_t n, struct buf *out);

/* Code points that print nothing or change the order of what follows. */
bool text_invisible(uint32_t cp);

/* Of those, the ones that make a terminal or a reader see something else than what is there
 * (J-14): C0, C1, bidirectional marks. */
bool text_dangerous(uint32_t cp);

/*
 * For a terminal or a plain text line: control characters, bidirectional and other invisible
 * controls and invalid UTF-8
 * are shown as <U+XXXX> or <0xXX>, so nothing from an archive can move the cursor or reorder a
 * line.
 */
void text_plain(struct buf *b, const void *p, size_t n);
/* as text_plain, then & < > " ' escaped */
void text_html(struct buf *b, const void *p, size_t n);
/* A quoted JSON string; invalid bytes as U+FFFD, dangerous code points as escapes. */
void text_json(struct buf *b, const void *p, size_t n);
/* JSON that stands already, with every digit and blank as it is, but for dangerous code points,
 * which can only stand in its strings. */
void text_json_raw(struct buf *b, const void *p, size_t n);
/* RFC 4180 field (CT-12). true: it was changed: a formula's start got a leading ', a dangerous
 * code point is an escape. */
bool text_csv(struct buf *b, const void *p, size_t n);
/* A number with its digits in groups of three, 4733 as 4,733, into out; returns out. */
const char *text_grouped(uint64_t n, char out[32]);
/* A span of milliseconds as people say it, two units at most: `2 h 03 min`, `17.250 s`. */
void text_span(struct buf *b, int64_t ms);

#endif
