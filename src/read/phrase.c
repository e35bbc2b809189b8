/* Event types in plain words: a table, no judgement (phrase.def). */
#include <string.h>

#include "base/text.h"
#include "read/select.h"

static const struct phrase {
	const char *type, *phase;
	bool key;
	const char *sentence;
} phrase[] = {
#define PHRASE(type, phase, key, sentence) { type, phase, key, sentence },
#include "read/phrase.def"
#undef PHRASE
};

static const struct phrase *
find(const char *type)
{
	for (unsigned i = 0; i < sizeof phrase / sizeof *phrase; i++)
		if (strcmp(phrase[i].type, type) == 0)
			return &phrase[i];
	return NULL;
}

const char *
event_phase(const char *type)
{
	const struct phrase *p = find(type);

	return p ? p->phase : "Other";
}

bool
event_in_story(const char *type)
{
	const struct phrase *p = find(type);

	return p == NULL || p->key;
}

/* A field as a short text; false if it is not there or empty. */
static bool
field(struct buf *out, const struct moment *m, struct json_doc *doc, const char *name, size_t n)
{
	char path[128];
	uint32_t i;
	const char *s = NULL;

	if (n >= sizeof path)
		return false;
	memcpy(path, name, n);
	path[n] = '\0';
	if (path[0] == '@') {
		s = strcmp(path, "@actor") == 0 ? m->actor_id : strcmp(path, "@outcome") == 0 ? m->outcome : strcmp(path, "@action") == 0 ? m->action : m->resource_id;
		if (s == NULL || *s == '\0')
			return false;
		buf_str(out, s);
		return true;
	}
	if (doc == NULL || (i = json_path(doc, 0, path)) == JSON_NONE)
		return false;
	switch (doc->node[i].type) {
	case JSON_STRING:
		if (doc->node[i].str_len == 0)
			return false;
		n = doc->node[i].str_len;
		/* long texts are cut at a character's border */
		if (n > 240) {
			const unsigned char *p = (const unsigned char *)json_str(doc, i);

			for (n = 240; n && (p[n] & 0xc0) == 0x80; n--)
				;
			buf_put(out, p, n);
			buf_str(out, "…");
		} else {
			buf_put(out, json_str(doc, i), n);
		}
		return true;
	case JSON_TRUE: buf_str(out, "yes"); return true;
	case JSON_FALSE: buf_str(out, "no"); return true;
	case JSON_NUMBER: buf_put(out, json_src(doc, i), doc->node[i].src_len); return true;
	default: return false;
	}
}

void
event_sentence(struct buf *out, const struct moment *m, struct json_doc *doc)
{
	const struct phrase *p = find(m->type);
	size_t from = out->len, to;

	if (p == NULL) {
		buf_printf(out, "%s: %s, %s.", m->type, m->action ? m->action : "", m->outcome ? m->outcome : "");
		return;
	}
	if (m->action && strcmp(m->action, "retention_cleanup") == 0) {
		buf_str(out, "The RemediationRequest was deleted after its retention time.");
		return;
	}
	for (const char *s = p->sentence; *s; s++) {
		const char *close;

		if (*s != '{' || (close = strchr(s, '}')) == NULL) {
			buf_byte(out, (unsigned char)*s);
			continue;
		}
		if (!field(out, m, doc, s + 1, (size_t)(close - s - 1)))
			buf_byte(out, '\1');
		s = close;
	}
	/* a field that is not there leaves no trace of itself, its brackets and the space before */
	if (out->failed)
		return;
	to = from;
	for (size_t i = from; i < out->len; i++) {
		unsigned char c = out->p[i];

		if (c == '\1') {
			bool bracket = to > from && out->p[to - 1] == '(' && i + 1 < out->len && out->p[i + 1] == ')';

			if (bracket) {
				to--;
				i++;
			}
			if (to > from && out->p[to - 1] == ' ')
				to--;
			continue;
		}
		out->p[to++] = c;
	}
	out->len = to;
}
