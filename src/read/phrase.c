/* Event types in plain words: a table, no judgement (event/types.def). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "read/person.h"
#include "read/select.h"

#define LISTED 5u /* items of a list that a sentence names; more are counted */

static bool put_value(struct buf *out, const struct json_doc *doc, uint32_t i);

/* A text of the payload, "" if it is not there. */
static struct str
text_of(const struct json_doc *doc, const char *path)
{
	uint32_t i = doc ? json_path(doc, 0, path) : JSON_NONE;

	if (i == JSON_NONE || doc->node[i].type != JSON_STRING)
		return (struct str){ "", 0 };
	return (struct str){ json_str(doc, i), doc->node[i].str_len };
}

/* Who decided. A machine is never named: it decides for somebody, and a record that says for whom
 * names that person. */
static void
put_decider(struct buf *out, const struct moment *m, const struct json_doc *doc)
{
	struct str person = text_of(doc, "delegated_user");
	char *name;

	if (person.n == 0) {
		if (m->actor_id == NULL || *m->actor_id == '\0')
			buf_str(out, "Somebody who is not named");
		else if (strncmp(m->type, "orchestrator.", 13) == 0 &&
		    is_machine(m->actor_type, m->actor_id))
			buf_str(out, "system");
		else if (is_machine(m->actor_type, m->actor_id))
			buf_str(out, "A machine, which names nobody it acted for,");
		else
			put_person(out, m->actor_id, NULL);
	} else if ((name = strndup(person.p, person.n)) == NULL) {
		out->failed = out->nomem = true;
	} else {
		if (is_machine("", name))
			buf_str(out, "A machine, acted for by another,");
		else
			put_person(out, name, m->actor_id ? m->actor_id : "nobody");
		free(name);
	}
}

/* `{list[a b]}`: the first items of a list, each by those of its members. */
static bool
put_list(struct buf *out, struct json_doc *doc, char *path)
{
	char *member = strchr(path, '['), *end = strchr(path, ']'), *save, *word, names[64];
	uint32_t list, item;
	unsigned n = 0;

	if (member == NULL || end == NULL || (size_t)(end - member) >= sizeof names)
		return false;
	*member++ = *end = '\0';
	if (doc == NULL || (list = json_path(doc, 0, path)) == JSON_NONE ||
	    doc->node[list].type != JSON_ARRAY || doc->node[list].count == 0)
		return false;
	for (item = doc->node[list].first; item != JSON_NONE; item = doc->node[item].next) {
		if (n++ >= LISTED)
			continue;
		buf_str(out, n > 1 ? ", " : "");
		snprintf(names, sizeof names, "%s", member);
		for (word = strtok_r(names, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
			uint32_t k = json_path(doc, item, word);

			if (k == JSON_NONE || doc->node[item].type != JSON_OBJECT)
				continue;
			if (word != names)
				buf_byte(out, ' ');
			put_value(out, doc, k);
		}
	}
	if (n > LISTED)
		buf_printf(out, " and %u more", n - LISTED);
	return true;
}

/* A field as a short text; false if it is not there or empty. */
static bool
field(struct buf *out, const struct moment *m, struct json_doc *doc, const char *name, size_t n)
{
	char path[128];
	uint32_t i;
	const char *s = NULL;

	/* names of fields stand in types.def; one that finds no room is an error of ours, shown as
	 * a field that is missing */
	if (n >= sizeof path)
		return false;
	memcpy(path, name, n);
	path[n] = '\0';
	if (strcmp(path, "@decider") == 0)
		return put_decider(out, m, doc), true;
	if (strcmp(path, "@omitted") == 0) { /* newer versions leave out what is long */
		struct str result = text_of(doc, "tool_result");

		if (result.n == 0 || memmem(result.p, result.n, "omitted", 7) == NULL)
			return false;
		buf_str(out, "the source leaves its result out");
		return true;
	}
	/* a name with brackets is a list, of which a few items are told */
	if (strchr(path, '['))
		return put_list(out, doc, path);
	/* columns of the row itself */
	if (path[0] == '@') {
		s = strcmp(path, "@cluster") == 0 ? m->cluster :
		    strcmp(path, "@actor") == 0   ? m->actor_id :
		    strcmp(path, "@outcome") == 0 ? m->outcome :
		    strcmp(path, "@action") == 0  ? m->action :
						    m->resource_id;
		if (s == NULL || *s == '\0')
			return false;
		buf_str(out, s);
		return true;
	}
	if (doc == NULL || (i = json_path(doc, 0, path)) == JSON_NONE)
		return false;
	return put_value(out, doc, i);
}

static bool
put_value(struct buf *out, const struct json_doc *doc, uint32_t i)
{
	size_t n;

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
	case JSON_TRUE:
		buf_str(out, "yes");
		return true;
	case JSON_FALSE:
		buf_str(out, "no");
		return true;
	case JSON_NUMBER:
		buf_put(out, json_src(doc, i), doc->node[i].src_len);
		return true;
	default:
		return false;
	}
}

/* From `from` on: a field that is not there leaves no trace of itself, its brackets and the space
 * before. */
static void
close_up(struct buf *out, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < out->len; i++) {
		unsigned char c = out->p[i];

		if (c == '\1') {
			bool bracket = to > from && out->p[to - 1] == '(' && i + 1 < out->len &&
			    out->p[i + 1] == ')';

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

void
event_sentence(struct buf *out, const struct moment *m, struct json_doc *doc)
{
	const char *sentence = event_type_info[m->kind].sentence;
	size_t from = out->len, group = 0;
	bool in_group = false, lacking = false;

	if (sentence == NULL) {
		buf_printf(out, "Unknown type %s, kept: %s, %s.", m->type,
		    m->action ? m->action : "", m->outcome ? m->outcome : "");
		return;
	}
	if (m->action && strcmp(m->action, "retention_cleanup") == 0) {
		buf_str(out, "The RemediationRequest was deleted after its retention time.");
		return;
	}
	for (const char *s = sentence; *s; s++) {
		const char *close;

		/* what stands in brackets is said only where all its fields are there */
		if (*s == '[') {
			group = out->len;
			in_group = true;
			lacking = false;
			continue;
		}
		if (*s == ']') {
			if (lacking && !out->failed)
				out->len = group;
			in_group = lacking = false;
			continue;
		}
		if (*s != '{' || (close = strchr(s, '}')) == NULL) {
			buf_byte(out, (unsigned char)*s);
			continue;
		}
		if (!field(out, m, doc, s + 1, (size_t)(close - s - 1))) {
			if (in_group)
				lacking = true;
			else
				buf_byte(out, '\1');
		}
		s = close;
	}
	if (!out->failed)
		close_up(out, from);
}
