/*
 * JSON written as it comes: commas, quotes and nesting belong to the writer, and text of others
 * is harmless in it (text_json). No tree is
 * built; numbers of 64 bits keep every digit. What is not closed at the end is a mistake of the
 * caller (emit_done).
 */
#ifndef JSON_EMIT_H
#define JSON_EMIT_H

#include "base/buf.h"

#define EMIT_DEPTH 32u

struct emit {
	struct buf *out; /* borrowed */
	unsigned depth;
	bool array[EMIT_DEPTH]; /* what is open, from the outermost */
	bool some[EMIT_DEPTH];  /* and whether something stands in it */
};

void emit_init(struct emit *e, struct buf *out);
/* Goes on inside of an object or an array that the text so far leaves open. */
void emit_within(struct emit *e, struct buf *out);

/* name: of a member; NULL in an array and at the outermost. */
void emit_object(struct emit *e, const char *name);
void emit_array(struct emit *e, const char *name);
/* Closes what was opened last. */
void emit_end(struct emit *e);

void emit_text(struct emit *e, const char *name, const char *p, size_t n);
void emit_filled(struct emit *e, const char *name, struct str s); /* empty: null */
void emit_str(struct emit *e, const char *name, const char *s);   /* NULL: null */
void emit_u64(struct emit *e, const char *name, uint64_t v);
void emit_i64(struct emit *e, const char *name, int64_t v);
void emit_fixed(struct emit *e, const char *name, double v, unsigned digits); /* behind the point */
void emit_bool(struct emit *e, const char *name, bool v);
void emit_null(struct emit *e, const char *name);
void emit_time(struct emit *e, const char *name, int64_t us); /* as UTC_REST prints it */
void emit_hash(struct emit *e, const char *name, const uint8_t d[32]);
void emit_uuid(struct emit *e, const char *name, const uint8_t id[16]);
void emit_base64(struct emit *e, const char *name, const char *p, size_t n);
/* A text put together by a format, such as a path with its reason. */
void emit_format(struct emit *e, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What stands before a value; the caller appends it to what is returned: one, and whole. */
struct buf *emit_value(struct emit *e, const char *name);
/* The same of a member whose name is others'. */
struct buf *emit_member(struct emit *e, const char *name, size_t n);
/* JSON that stands already: of others, made harmless; of ours, byte for byte; n 0: nothing */
void emit_raw(struct emit *e, const char *name, const char *p, size_t n);
void emit_ours(struct emit *e, const char *name, const void *p, size_t n);
/* Elements or members of ours that stand already, with the commas between them; n 0: none. */
void emit_list(struct emit *e, const void *p, size_t n);

/* Is everything closed, and did all of it find room? */
bool emit_done(const struct emit *e);

#endif
