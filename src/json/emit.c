#include "json/emit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"

void
emit_init(struct emit *e, struct buf *out)
{
	memset(e, 0, sizeof *e);
	e->out = out;
}

void
emit_within(struct emit *e, struct buf *out)
{
	unsigned char last = out->len ? out->p[out->len - 1] : '{';

	emit_init(e, out);
	e->depth = 1;
	e->some[0] = last != '{' && last != '[';
}

static void
comma(struct emit *e)
{
	if (e->depth && e->some[e->depth - 1])
		buf_byte(e->out, ',');
	if (e->depth)
		e->some[e->depth - 1] = true;
}

struct buf *
emit_member(struct emit *e, const char *name, size_t n)
{
	comma(e);
	text_json(e->out, name, n);
	buf_byte(e->out, ':');
	return e->out;
}

/* What stands before a value: a comma, and its name where it is a member. */
static void
before(struct emit *e, const char *name)
{
	if (name)
		emit_member(e, name, strlen(name));
	else
		comma(e);
}

static void
begin(struct emit *e, const char *name, bool array)
{
	before(e, name);
	buf_byte(e->out, array ? '[' : '{');
	if (e->depth == EMIT_DEPTH) {
		e->out->failed = true;
		return;
	}
	e->array[e->depth] = array;
	e->some[e->depth++] = false;
}

void
emit_object(struct emit *e, const char *name)
{
	begin(e, name, false);
}
void
emit_array(struct emit *e, const char *name)
{
	begin(e, name, true);
}

void
emit_end(struct emit *e)
{
	if (e->depth == 0) {
		e->out->failed = true;
		return;
	}
	buf_byte(e->out, e->array[--e->depth] ? ']' : '}');
}

void
emit_text(struct emit *e, const char *name, const char *p, size_t n)
{
	before(e, name);
	text_json(e->out, p, n);
}

void
emit_filled(struct emit *e, const char *name, struct str s)
{
	if (s.n)
		emit_text(e, name, s.p, s.n);
	else
		emit_null(e, name);
}

void
emit_str(struct emit *e, const char *name, const char *s)
{
	if (s)
		emit_text(e, name, s, strlen(s));
	else
		emit_null(e, name);
}

void
emit_u64(struct emit *e, const char *name, uint64_t v)
{
	before(e, name);
	buf_u64(e->out, v);
}

void
emit_i64(struct emit *e, const char *name, int64_t v)
{
	before(e, name);
	buf_i64(e->out, v);
}

void
emit_fixed(struct emit *e, const char *name, double v, unsigned digits)
{
	before(e, name);
	buf_printf(e->out, "%.*f", (int)digits, v);
}

void
emit_bool(struct emit *e, const char *name, bool v)
{
	before(e, name);
	buf_str(e->out, v ? "true" : "false");
}

void
emit_null(struct emit *e, const char *name)
{
	before(e, name);
	buf_str(e->out, "null");
}

void
emit_time(struct emit *e, const char *name, int64_t us)
{
	before(e, name);
	buf_byte(e->out, '"');
	buf_time(e->out, us);
	buf_byte(e->out, '"');
}

void
emit_hash(struct emit *e, const char *name, const uint8_t d[32])
{
	before(e, name);
	buf_byte(e->out, '"');
	buf_hash(e->out, d);
	buf_byte(e->out, '"');
}

void
emit_uuid(struct emit *e, const char *name, const uint8_t id[16])
{
	char text[37];

	uuid_of(id, text);
	emit_text(e, name, text, sizeof text - 1);
}

void
emit_base64(struct emit *e, const char *name, const char *p, size_t n)
{
	before(e, name);
	buf_byte(e->out, '"');
	base64_of((const unsigned char *)p, n, e->out);
	buf_byte(e->out, '"');
}

void
emit_format(struct emit *e, const char *name, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		e->out->failed = e->out->nomem = true;
		return;
	}
	emit_text(e, name, text, (size_t)n);
	free(text);
}

struct buf *
emit_value(struct emit *e, const char *name)
{
	before(e, name);
	return e->out;
}

void
emit_ours(struct emit *e, const char *name, const void *p, size_t n)
{
	if (n == 0)
		return;
	before(e, name);
	buf_put(e->out, p, n);
}

void
emit_list(struct emit *e, const void *p, size_t n)
{
	emit_ours(e, NULL, p, n);
}

void
emit_raw(struct emit *e, const char *name, const char *p, size_t n)
{
	before(e, name);
	text_json_raw(e->out, p, n);
}

bool
emit_done(const struct emit *e)
{
	return e->depth == 0 && !e->out->failed;
}
