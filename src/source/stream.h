/*
 * The bytes of one input file or stdin, looked through .gz, .zst and the like by content, UTF-16
 * and byte order marks taken off (layer.h);
 * counted and digested as they stood.
 */
#ifndef SOURCE_STREAM_H
#define SOURCE_STREAM_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "digest/digest.h"

struct stream;

/* path "-" is stdin. -> NULL with e set. */
struct stream *stream_open(const char *path, struct err *e);
/* The n bytes of an open file from `at` on; fd is borrowed. */
struct stream *stream_section(int fd, uint64_t at, uint64_t n, const char *name, struct err *e);
/* Bytes that somebody makes: more() gives the next piece, 0 at the end, -1 with the reason. It is
 * not looked through, and valid until the next call. */
struct stream *stream_of(const char *name,
    ssize_t (*more)(void *arg, const void **ret, char why[400]), void *arg, struct err *e);
/* Checks that the file did not change while it was read, then frees. -1: it did. */
int stream_close(struct stream *s, struct err *e);
void stream_free(struct stream *s);

/* Makes at least n bytes available unless the end comes first; *ret_n is what there is. -1: cannot
 * be read (e). */
int stream_peek(struct stream *s, size_t n, const char **ret, size_t *ret_n, struct err *e);
void stream_skip(struct stream *s, size_t n);

/*
 * One line without its line feed. 1 a line; 0 the end; 2 longer than EX_MAX_ROW: the first
 * EX_MAX_ROW bytes are there, the rest comes with
 * the next calls (2 again, then 1); -1 error. *ret_ended: false if the input ended without a line
 * feed.
 */
int stream_line(struct stream *s, const char **ret, size_t *ret_n, bool *ret_ended, struct err *e);

uint64_t stream_line_no(const struct stream *s); /* of the line returned last, from 1 */
uint64_t stream_offset(const struct stream *s);  /* bytes consumed, looked through */
uint64_t stream_read(const struct stream *s);    /* bytes taken in, looked through */
/* Why a packed stream ended before its end, or NULL; *ret_cut: it is cut off, not damaged. What
 * came before has been given. */
const char *stream_damage(const struct stream *s, bool *ret_cut);
/* How often its text went from UTF-8 to UTF-16, or back. */
unsigned stream_changes(const struct stream *s);
/* After the end of a file: bytes as they stood and their SHA-256. Reads on to the end if need
 * be. */
int stream_totals(struct stream *s, uint64_t *ret_bytes, uint8_t ret_sha256[32], struct err *e);
/* 0–1, or a negative number if the size is not known. */
double stream_progress(const struct stream *s);

#endif
