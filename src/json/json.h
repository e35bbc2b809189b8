/*
 * src/json/: JSON in and out. parse.c is the one reader of what comes from outside, strict and
 * without recursion; number.c and write.c print as the source's own writer does; emit.h streams
 * documents of ours. Numerals stay text from end to end. Who walks a document asks by json_member
 * and json_path.
 *
 * JSON as the real writer reads it (event.md E-6): one strict tokenizer for rows, payloads, REST
 * answers and our own records. No recursion; nodes and text are bounded. Numerals stay text. What
 * the reader repaired (bad UTF-8, lone surrogates) is marked.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/buf.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

#define JSON_NONE UINT32_MAX

struct json_node {
	uint8_t type;
	/* this string, or this member's name, held bytes that became U+FFFD */
	bool repaired;
	uint32_t name, name_len;     /* member name, decoded, in doc->text */
	uint32_t str, str_len;       /* decoded string in doc->text; numeral in doc->src */
	uint32_t src, src_len;       /* the value as it stood, in doc->src */
	uint32_t first, next, count; /* children; JSON_NONE ends a list */
};

struct json_doc {
	struct json_node *node; /* node[0] is the outermost value */
	uint32_t n;
	size_t cap;
	struct buf text;
	const char *src; /* borrowed from the caller of json_parse */
	size_t src_len;
	uint32_t *stack; /* scratch of parser and writer */
	size_t stack_cap;
	char why[96]; /* after a failure */
	size_t where;
};

void json_init(struct json_doc *d);
void json_release(struct json_doc *d);

/* Parses all of s[0..n). 0 fine, 1 not JSON (why, where set), -1 no memory. The document borrows
 * s. */
int json_parse(struct json_doc *d, const char *s, size_t n, unsigned max_depth);

/* The member of an object by name, the last one if there are several; JSON_NONE if there is
 * none. */
uint32_t json_member(const struct json_doc *d, uint32_t object, const char *name);
/* The first child of such a member, JSON_NONE if there is no member or no child. */
uint32_t json_first_of(const struct json_doc *d, uint32_t object, const char *name);
/* As above along "a.b.c"; array elements by number ("a.0.b"). */
uint32_t json_path(const struct json_doc *d, uint32_t from, const char *path);

static inline const char *
json_str(const struct json_doc *d, uint32_t i)
{
	return (const char *)d->text.p + d->node[i].str;
}
static inline const char *
json_name(const struct json_doc *d, uint32_t i)
{
	return (const char *)d->text.p + d->node[i].name;
}
static inline const char *
json_src(const struct json_doc *d, uint32_t i)
{
	return d->src + d->node[i].src;
}

/* Is node i a string of exactly this text? JSON_NONE: no. */
bool json_text_is(const struct json_doc *d, uint32_t i, const char *want);

/* A whole number member as u64; false if absent or anything else. */
bool json_u64(const struct json_doc *d, uint32_t object, const char *name, uint64_t *ret);

enum json_style { JSON_CANONICAL, JSON_POSTGRES }; /* event.md E-3, E-4, E-6; E-11 */

/* Writes a value in a style. 0 fine, 1 a number overflows a double (E-4; d->where), -1 no
 * memory. */
int json_write(struct json_doc *d, uint32_t value, enum json_style style, struct buf *out);

/*
 * canonical.c: is a text in canonical form (E-3, E-4, E-6), and is that seen without parsing it?
 * true: yes; *ret_as_in_postgres tells that PostgreSQL prints each of its numerals as it stands.
 * false: it is not, or only parsing and writing it again can tell (names with escapes, deep ones).
 */
bool json_surely_canonical(const char *s, size_t n, bool *ret_as_in_postgres);

/* One string as E-3 writes it, quotes included. */
void json_canonical_string(struct buf *out, const char *s, size_t n);

/* number.c: a JSON numeral in canonical form (E-4). Returns its length (≤ 31), 0 if it
 * overflows. */
size_t json_number(const char *s, size_t n, char out[32]);

#endif
