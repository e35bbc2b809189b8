/* YAML through libyaml with our own scalar styles: plain only where no YAML reader can take a
 * string for something else. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/limits.h"
#include "rebuild/rebuild.h"

static int
sink(void *arg, unsigned char *p, size_t n)
{
	struct buf *b = arg;

	buf_put(b, p, n);
	return !b->failed;
}

static bool
plain_word(const char *s, size_t n)
{
	static const char *const reserved[] = { "y", "n", "yes", "no", "on", "off", "true", "false",
		"null" };

	if (n == 0 || n > 200 || !((s[0] >= 'A' && s[0] <= 'Z') || (s[0] >= 'a' && s[0] <= 'z')))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= '0' && s[i] <= '9') || strchr("._/-", s[i])) ||
		    s[i] == '\0')
			return false;
	for (unsigned i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (strlen(reserved[i]) == n && strncasecmp(reserved[i], s, n) == 0)
			return false;
	return true;
}

static int
emit_scalar(yaml_emitter_t *y, const char *s, size_t n, bool string)
{
	yaml_event_t ev;
	bool plain = !string || plain_word(s, n);

	return yaml_scalar_event_initialize(&ev, NULL, NULL, (yaml_char_t *)s, (int)n, plain,
		   !plain || string,
		   plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE) &&
	    yaml_emitter_emit(y, &ev);
}

/*
 * A number that every reader takes for one: with an exponent, YAML 1.1 wants a point before it and
 * a sign in it, so 1e-7 is 1.0e-7 and 1e21 is 1.0e+21. Longer ones than any double needs stay as
 * they are.
 */
static int
emit_number(yaml_emitter_t *y, const char *s, size_t n)
{
	char t[96];
	size_t e = 0;
	int len;

	while (e < n && s[e] != 'e' && s[e] != 'E')
		e++;
	if (e == n || n > 80)
		return emit_scalar(y, s, n, false);
	len = snprintf(t, sizeof t, "%.*s%se%s%.*s", (int)e, s, memchr(s, '.', e) ? "" : ".0",
	    s[e + 1] == '-' || s[e + 1] == '+' ? "" : "+", (int)(n - e - 1), s + e + 1);
	return emit_scalar(y, t, (size_t)len, false);
}

static int
emit(yaml_emitter_t *y, const struct json_doc *d)
{
	yaml_event_t ev;
	uint32_t stack[64], next[64];
	unsigned depth = 0;
	uint32_t cur = 0;
	bool named = false;

	for (;;) {
		const struct json_node *v = &d->node[cur];

		/* quoted where YAML would read the name as something else than a text */
		if (named && !emit_scalar(y, json_name(d, cur), v->name_len, true))
			return 0;
		if (v->type == JSON_OBJECT || v->type == JSON_ARRAY) {
			/* an empty container is written in flow style, as the API server's tools
			 * print it */
			bool flow = v->first == JSON_NONE;

			/* deeper than any object of these kinds */
			if (depth == 64)
				return 0;
			/* the emitter owns the event from here on, also when it refuses it */
			if (v->type == JSON_OBJECT ?
				!yaml_mapping_start_event_initialize(&ev, NULL, NULL, 1,
				    flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE) :
				!yaml_sequence_start_event_initialize(&ev, NULL, NULL, 1,
				    flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE))
				return 0;
			if (!yaml_emitter_emit(y, &ev))
				return 0;
			stack[depth] = cur;
			next[depth++] = v->first;
		} else if (v->type == JSON_STRING) {
			if (!emit_scalar(y, json_str(d, cur), v->str_len, true))
				return 0;
		} else if (v->type == JSON_NUMBER ?
			!emit_number(y, json_src(d, cur), v->src_len) :
			!emit_scalar(y, json_src(d, cur), v->src_len, false)) {
			return 0;
		}
		/* a closed container may have been the last member of the one around it */
		while (depth && next[depth - 1] == JSON_NONE) {
			depth--;
			if (d->node[stack[depth]].type == JSON_OBJECT ?
				!yaml_mapping_end_event_initialize(&ev) :
				!yaml_sequence_end_event_initialize(&ev))
				return 0;
			if (!yaml_emitter_emit(y, &ev))
				return 0;
		}
		if (depth == 0)
			return 1;
		cur = next[depth - 1];
		next[depth - 1] = d->node[cur].next;
		named = d->node[stack[depth - 1]].type == JSON_OBJECT;
	}
}

/* What prints nothing, or changes the order of what follows, is escaped: texts that hold more than
 * ASCII are always quoted. */
static void
escape(struct buf *out, const struct buf *yaml)
{
	uint32_t cp;

	for (size_t i = 0; i < yaml->len;) {
		unsigned k = utf8_next(yaml->p + i, yaml->len - i, &cp);

		if (k > 1 && text_invisible(cp))
			buf_printf(out, cp > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)cp);
		else
			buf_put(out, yaml->p + i, k ? k : 1);
		i += k ? k : 1;
	}
}

int
yaml_of_json(struct buf *out, const void *json, size_t n)
{
	struct json_doc d;
	yaml_emitter_t y;
	yaml_event_t ev;
	struct buf raw;
	int ok;

	json_init(&d);
	if (json_parse(&d, json, n, 60) || !yaml_emitter_initialize(&y)) {
		json_release(&d);
		return -1;
	}
	buf_init(&raw, out->max);
	yaml_emitter_set_output(&y, sink, &raw);
	yaml_emitter_set_unicode(&y, 1);
	yaml_emitter_set_width(&y, -1);
	ok = yaml_stream_start_event_initialize(&ev, YAML_UTF8_ENCODING) &&
	    yaml_emitter_emit(&y, &ev) &&
	    yaml_document_start_event_initialize(&ev, NULL, NULL, NULL, 1) &&
	    yaml_emitter_emit(&y, &ev) && emit(&y, &d) &&
	    yaml_document_end_event_initialize(&ev, 1) && yaml_emitter_emit(&y, &ev) &&
	    yaml_stream_end_event_initialize(&ev) && yaml_emitter_emit(&y, &ev) &&
	    yaml_emitter_flush(&y);
	yaml_emitter_delete(&y);
	json_release(&d);
	escape(out, &raw);
	buf_release(&raw);
	return ok && !out->failed ? 0 : -1;
}
