#include "report/document.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define DEPTH 16u             /* what may be open at once */
#define VALUE_MAX (16u << 20) /* bytes of one value as JSON */

struct document {
	cJSON *open[DEPTH]; /* from the outermost */
	unsigned depth;
	struct buf value; /* scratch */
	bool failed;
};

struct document *
document_new(void)
{
	struct document *d = calloc(1, sizeof *d);

	if (d)
		d->open[0] = cJSON_CreateObject();
	if (d == NULL || d->open[0] == NULL) {
		nomem_note();
		free(d);
		return NULL;
	}
	buf_init(&d->value, VALUE_MAX);
	return d;
}

void
document_free(struct document *d)
{
	if (d == NULL)
		return;
	cJSON_Delete(d->open[0]);
	buf_release(&d->value);
	free(d);
}

/* Puts a value into what is open; it is the tree's from then on, or freed. */
static void
put(struct document *d, const char *name, cJSON *value)
{
	cJSON *into = d->open[d->depth];
	bool fine = value && !d->failed;

	if (fine)
		fine = name ? cJSON_AddItemToObjectCS(into, name, value) :
			      cJSON_AddItemToArray(into, value);
	if (fine)
		return;
	cJSON_Delete(value);
	d->failed = true;
}

static void
begin(struct document *d, const char *name, cJSON *value)
{
	/* our own documents are flat; a depth that grows is a mistake here, and no input */
	if (d->depth + 1 == DEPTH) {
		cJSON_Delete(value);
		value = NULL;
	}
	put(d, name, value);
	if (!d->failed)
		d->open[++d->depth] = value;
}

void
document_object(struct document *d, const char *name)
{
	begin(d, name, d->failed ? NULL : cJSON_CreateObject());
}

void
document_array(struct document *d, const char *name)
{
	begin(d, name, d->failed ? NULL : cJSON_CreateArray());
}

void
document_end(struct document *d)
{
	if (!d->failed && d->depth)
		d->depth--;
}

/* What stands in d->value, as it stands. */
static void
put_value(struct document *d, const char *name)
{
	buf_byte(&d->value, '\0');
	put(d, name, d->value.failed ? NULL : cJSON_CreateRaw((const char *)d->value.p));
	buf_clear(&d->value);
}

void
document_str(struct document *d, const char *name, const char *s)
{
	if (s)
		text_json(&d->value, s, strlen(s));
	else
		buf_str(&d->value, "null");
	put_value(d, name);
}

void
document_u64(struct document *d, const char *name, uint64_t v)
{
	buf_u64(&d->value, v);
	put_value(d, name);
}

void
document_bool(struct document *d, const char *name, bool v)
{
	put(d, name, cJSON_CreateBool(v));
}

void
document_raw(struct document *d, const char *name, const void *json, size_t n)
{
	buf_put(&d->value, json, n);
	put_value(d, name);
}

int
document_print(const struct document *d, struct buf *out)
{
	char *text = d->failed || d->depth ? NULL : cJSON_PrintUnformatted(d->open[0]);

	if (text == NULL) {
		nomem_note();
		return -1;
	}
	buf_str(out, text);
	free(text);
	return out->failed ? -1 : 0;
}
