#include "yaml/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

#define NAMES 4096u /* of one map, that are looked at for one that stands twice */

/* A collection that is open. */
struct open {
	bool map, key; /* key: a name comes next */
	unsigned long n;
	size_t names; /* where its names begin in `names` */
};

struct reading_yaml {
	struct buf *out;
	struct open open[YAML_DEPTH];
	unsigned depth;
	bool all, done; /* all: every document, as elements of an array */
	unsigned documents;
	/* names of the maps that are open, each behind its length */
	struct buf names;
	const char *why;
	char twice[100]; /* the reason, where a name stands twice */
};

/* JSON's own spelling of a number, and no more digits than anybody needs. */
static bool
is_number(const char *s, size_t n)
{
	size_t i = n && s[0] == '-', digits = i;

	if (n > 64 || i == n)
		return false;
	if (s[i] == '0')
		i++;
	else
		while (i < n && s[i] >= '0' && s[i] <= '9')
			i++;
	if (i == digits)
		return false;
	if (i < n && s[i] == '.') {
		digits = ++i;
		while (i < n && s[i] >= '0' && s[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		if (i < n && (s[i] == '+' || s[i] == '-'))
			i++;
		digits = i;
		while (i < n && s[i] >= '0' && s[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	return i == n;
}

static bool
is_word(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(s, word, n) == 0;
}

static void
put_scalar(struct buf *b, const char *s, size_t n, bool plain)
{
	if (plain &&
	    (n == 0 || is_word(s, n, "~") || is_word(s, n, "null") || is_word(s, n, "Null") ||
		is_word(s, n, "NULL")))
		buf_str(b, "null");
	else if (plain && (is_word(s, n, "true") || is_word(s, n, "True") || is_word(s, n, "TRUE")))
		buf_str(b, "true");
	else if (plain &&
	    (is_word(s, n, "false") || is_word(s, n, "False") || is_word(s, n, "FALSE")))
		buf_str(b, "false");
	else if (plain && is_number(s, n))
		buf_put(b, s, n);
	else
		text_json(b, s, n);
}

/* What stands between this value and the one before it. */
static void
before_value(struct reading_yaml *r)
{
	struct open *o = r->depth ? &r->open[r->depth - 1] : NULL;

	if (o && !o->map && o->n++)
		buf_byte(r->out, ',');
	if (o && o->map)
		o->key = true;
}

static void
begin(struct reading_yaml *r, bool map)
{
	if (r->depth && r->open[r->depth - 1].map && r->open[r->depth - 1].key) {
		r->why = "a key that is a collection";
		return;
	}
	if (r->depth == YAML_DEPTH) {
		r->why = "nested too deeply";
		return;
	}
	before_value(r);
	buf_byte(r->out, map ? '{' : '[');
	r->open[r->depth++] = (struct open){ map, map, 0, r->names.len };
}

/* One more name of a map. Which of two values is meant nobody can tell. */
static void
name_once(struct reading_yaml *r, const struct open *o, const char *s, size_t n)
{
	const unsigned char *p = r->names.p + o->names;
	size_t k;

	if (o->n >= NAMES)
		return;
	for (unsigned long i = 0; i < o->n; i++, p += sizeof k + k) {
		memcpy(&k, p, sizeof k);
		if (k != n || memcmp(p + sizeof k, s, n))
			continue;
		snprintf(r->twice, sizeof r->twice, "the member %.*s stands twice",
		    (int)(n > 60 ? 60 : n), s);
		r->why = r->twice;
		return;
	}
	buf_put(&r->names, &n, sizeof n);
	buf_put(&r->names, s, n);
	if (r->names.failed)
		r->out->failed = r->out->nomem = true;
}

static void
scalar(struct reading_yaml *r, const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;
	struct open *o = r->depth ? &r->open[r->depth - 1] : NULL;

	if (o && o->map && o->key) {
		name_once(r, o, s, e->data.scalar.length);
		if (o->n++)
			buf_byte(r->out, ',');
		text_json(r->out, s, e->data.scalar.length);
		buf_byte(r->out, ':');
		o->key = false;
		return;
	}
	before_value(r);
	put_scalar(r->out, s, e->data.scalar.length,
	    e->data.scalar.plain_implicit && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
}

static void
take(struct reading_yaml *r, const yaml_event_t *e)
{
	/* An answer file is data: what could stand for more than it shows (aliases, anchors, tags)
	 * is refused, so that no text grows when it is read. */
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		r->why = "an alias";
		break;
	case YAML_SCALAR_EVENT:
		if (e->data.scalar.anchor)
			r->why = "an anchor";
		else if (e->data.scalar.tag)
			r->why = "a tag";
		else
			scalar(r, e);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.anchor != NULL :
							  e->data.sequence_start.anchor != NULL)
			r->why = "an anchor";
		else
			begin(r, e->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		r->names.len = r->open[r->depth].names;
		buf_byte(r->out, r->open[r->depth].map ? '}' : ']');
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (r->all && r->documents)
			buf_byte(r->out, ',');
		break;
	case YAML_DOCUMENT_END_EVENT:
		r->documents++;
		r->done = !r->all;
		break;
	case YAML_STREAM_END_EVENT:
		r->done = true;
		break;
	default:
		break;
	}
}

/* Text in UTF-8 without a mark. As yaml_to_json(). */
static int
convert(struct reading_yaml *r, const char *s, size_t n, char why[200])
{
	yaml_parser_t p;
	yaml_event_t e;

	if (!yaml_parser_initialize(&p))
		return -1;
	/* nothing is no text at all to libyaml */
	yaml_parser_set_input_string(&p, (const unsigned char *)(n ? s : ""), n);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	while (!r->done && r->why == NULL) {
		if (!yaml_parser_parse(&p, &e)) {
			r->why = p.error == YAML_MEMORY_ERROR ? "" :
			    p.problem                         ? p.problem :
								"malformed";
			snprintf(why, 200, "line %zu: %.150s", p.problem_mark.line + 1, r->why);
			yaml_parser_delete(&p);
			return r->why[0] ? 1 : -1;
		}
		take(r, &e);
		if (r->why || r->out->failed)
			snprintf(why, 200, "line %zu: %.150s", e.start_mark.line + 1,
			    r->why ? r->why : "too long");
		yaml_event_delete(&e);
		if (r->out->failed)
			break;
	}
	yaml_parser_delete(&p);
	return r->out->nomem ? -1 : r->why || r->out->failed;
}

static int
unwrap_and_convert(struct reading_yaml *r, const char *s, size_t n, char why[200])
{
	struct buf text;
	int rc;

	/* names are no longer than the text, but for their lengths */
	buf_init(&r->names, n * (1 + sizeof n) + 16);
	/* most texts are what they should be: only a mark, or bytes of UTF-16, cost a copy */
	if (n < 2 || ((unsigned char)s[0] < 0xef && s[0] && s[1])) {
		rc = convert(r, s, n, why);
		buf_release(&r->names);
		return rc;
	}
	buf_init(&text, 2 * n + 16);
	if (!text_unwrap(s, n, &text)) {
		snprintf(why, 200, "it looks like UTF-16, and is not: unpaired halves");
		rc = 1;
	} else {
		rc = text.failed ? -1 : convert(r, (char *)text.p, text.len, why);
	}
	buf_release(&text);
	buf_release(&r->names);
	return rc;
}

int
yaml_to_json(const char *s, size_t n, struct buf *out, char why[200])
{
	struct reading_yaml r = { .out = out };
	size_t was = out->len;
	int rc = unwrap_and_convert(&r, s, n, why);

	if (rc == 0 && out->len == was)
		buf_str(out, "null");
	return rc;
}

int
yaml_all_to_json(const char *s, size_t n, struct buf *out, unsigned *ret_n, char why[200])
{
	struct reading_yaml r = { .out = out, .all = true };
	int rc;

	buf_byte(out, '[');
	rc = unwrap_and_convert(&r, s, n, why);
	buf_byte(out, ']');
	*ret_n = r.documents;
	return rc ? rc : out->nomem ? -1 : out->failed;
}
