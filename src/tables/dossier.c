/*
 * The events of one remediation as the tables read them: repeated deliveries once, by time, then
 * id.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utc.h"
#include "tables/dossier.h"

/* The kind of each type, one higher; 0: none. */
static const uint8_t kind_of[EVENT_TYPES + 1] = {
#define KIND(id, type) [ET_##type] = K_##id + 1,
#include "tables/kinds.def"
#undef KIND
};

/* 0: they differ in nothing but ids and hashes. */
static int
content_cmp(const struct moment *a, const struct moment *b)
{
	int c = memcmp(a->rest, b->rest, sizeof a->rest);

	return c ? c : moment_told_cmp(a, b);
}

static int
by_content(const void *pa, const void *pb)
{
	const struct moment *a = *(struct moment *const *)pa, *b = *(struct moment *const *)pb;
	int c;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	c = content_cmp(a, b);
	return c ? c : memcmp(a->id, b->id, 16);
}

static int
by_time(const void *pa, const void *pb)
{
	const struct moment *a = *(struct moment *const *)pa, *b = *(struct moment *const *)pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return memcmp(a->id, b->id, 16);
}

int
dossier_open(struct dossier *d, const struct story *s, const struct correlation *c)
{
	memset(d, 0, sizeof *d);
	d->c = c;
	d->s = s;
	d->m = malloc((s->n + 1) * sizeof *d->m);
	d->kind = calloc(s->n + 1, 1);
	if (d->m == NULL || d->kind == NULL)
		return -1;
	for (unsigned i = 0; i < s->n; i++)
		d->m[i] = &s->m[i];
	/* the same event may stand twice under two ids: content decides */
	if (s->n)
		qsort(d->m, s->n, sizeof *d->m, by_content);
	for (unsigned i = 0; i < s->n; i++) /* the smallest id stands for all */
		if (i == 0 || d->m[i]->time != d->m[i - 1]->time ||
		    content_cmp(d->m[i], d->m[i - 1]))
			d->m[d->n++] = d->m[i];
	/* in the order of time, which is the order of everything that follows */
	if (d->n)
		qsort(d->m, d->n, sizeof *d->m, by_time);
	for (unsigned k = 0; k < KINDS; k++)
		d->first[k] = d->last[k] = NONE;
	/* kinds as numbers, with the first and the last of each */
	for (unsigned i = 0; i < d->n; i++) {
		unsigned k = kind_of[d->m[i]->kind] ? kind_of[d->m[i]->kind] - 1u : KINDS;

		d->kind[i] = (uint8_t)k;
		if (k == KINDS)
			continue;
		if (d->first[k] == NONE)
			d->first[k] = i;
		d->last[k] = i;
		d->count[k]++;
	}
	return 0;
}

void
dossier_release(struct dossier *d)
{
	free(d->m);
	free(d->kind);
}

unsigned
dossier_next(const struct dossier *d, enum kind k, unsigned at)
{
	if (d->last[k] == NONE || at >= d->last[k])
		return NONE;
	while (d->kind[++at] != k)
		;
	return at;
}

unsigned
dossier_before(const struct dossier *d, enum kind k, unsigned at)
{
	if (d->first[k] == NONE || at <= d->first[k])
		return NONE;
	while (d->kind[--at] != k)
		;
	return at;
}

unsigned
later_of(unsigned a, unsigned b)
{
	return a == NONE ? b : b == NONE ? a : a > b ? a : b;
}

unsigned
earlier_of(unsigned a, unsigned b)
{
	return a < b ? a : b; /* NONE is the greatest */
}

struct json_doc *
payload(struct dossier *d, unsigned at)
{
	struct json_doc *doc = at == NONE ? NULL : moment_object(d->m[at]);

	d->nomem |= at != NONE && moment_nomem(d->m[at]);
	return doc;
}

/* `selectedWorkflow` as older agents wrote it: `selected_workflow`. */
static void
older_name(const char *name, size_t n, char *out, size_t room)
{
	size_t k = 0;

	if (n == 15 && memcmp(name, "executionBundle", 15) == 0) {
		name = "container_image";
		n = 15;
	}
	for (size_t i = 0; i < n && k + 3 < room; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z') {
			out[k++] = '_';
			out[k++] = (char)(name[i] - 'A' + 'a');
		} else {
			out[k++] = name[i];
		}
	}
	out[k] = '\0';
}

uint32_t
value_in(const struct json_doc *doc, uint32_t from, const char *path)
{
	char name[64], older[96];

	for (;;) {
		size_t n = strcspn(path, ".");
		uint32_t next;

		if (from == JSON_NONE || doc->node[from].type != JSON_OBJECT || n >= sizeof name)
			return JSON_NONE;
		memcpy(name, path, n);
		name[n] = '\0';
		if ((next = json_member(doc, from, name)) == JSON_NONE) {
			older_name(name, n, older, sizeof older);
			next = json_member(doc, from, older);
		}
		if (path[n] == '\0')
			return next;
		path += n + 1;
		from = next;
	}
}

uint32_t
value_at(struct dossier *d, unsigned at, const char *path)
{
	const struct json_doc *doc = payload(d, at);
	uint32_t k;

	if (doc == NULL)
		return JSON_NONE;
	/*
	 * only the agent's answer changed the spelling of its members; others have their own older
	 * names
	 */
	if (strncmp(path, "response_data.", 14) == 0) {
		k = event_member(doc, "response_data");
		return k == JSON_NONE ? k : value_in(doc, k, path + 14);
	}
	return event_member(doc, path);
}

bool
says(struct str s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

struct str
text_at(struct dossier *d, unsigned at, const char *path)
{
	uint32_t k = value_at(d, at, path);

	if (k == JSON_NONE || payload(d, at)->node[k].type != JSON_STRING)
		return (struct str){ "", 0 };
	return (struct str){ json_str(payload(d, at), k), payload(d, at)->node[k].str_len };
}

bool
integer_at(struct dossier *d, unsigned at, const char *path, int64_t *ret)
{
	struct str s = number_at(d, at, path);

	return s.n && dec_i64(s.p, s.n, ret);
}

struct str
number_at(struct dossier *d, unsigned at, const char *path)
{
	uint32_t k = value_at(d, at, path);

	if (k == JSON_NONE || payload(d, at)->node[k].type != JSON_NUMBER)
		return (struct str){ "", 0 };
	return (struct str){ json_src(payload(d, at), k), payload(d, at)->node[k].src_len };
}

int
truth_at(struct dossier *d, unsigned at, const char *path)
{
	uint32_t k = value_at(d, at, path);

	if (k == JSON_NONE)
		return -1;
	return payload(d, at)->node[k].type == JSON_TRUE ? 1 :
	    payload(d, at)->node[k].type == JSON_FALSE   ? 0 :
							   -1;
}

int64_t
time_at(const struct dossier *d, unsigned at)
{
	return at == NONE ? NO_TIME : d->m[at]->time;
}

int64_t
stated_time(struct dossier *d, unsigned at, const char *path)
{
	struct str s = text_at(d, at, path);
	struct utc t;

	return s.n && utc_parse(s.p, s.n, &t) == UTC_OK ? t.us : NO_TIME;
}

struct str
last_text(struct dossier *d, enum kind k, const char *path)
{
	struct str s = { "", 0 };

	for (unsigned i = d->last[k]; i != NONE && s.n == 0; i = dossier_before(d, k, i))
		s = text_at(d, i, path);
	return s;
}

struct str
last_number(struct dossier *d, enum kind k, const char *path)
{
	struct str s = { "", 0 };

	for (unsigned i = d->last[k]; i != NONE && s.n == 0; i = dossier_before(d, k, i))
		s = number_at(d, i, path);
	return s;
}

bool
last_integer(struct dossier *d, enum kind k, const char *path, int64_t *ret)
{
	for (unsigned i = d->last[k]; i != NONE; i = dossier_before(d, k, i))
		if (integer_at(d, i, path, ret))
			return true;
	return false;
}
