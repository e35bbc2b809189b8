#include "archive/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define SENTENCE 1000u /* bytes of one that are said */
#define NAME 300u      /* and of a table's name */

static const char *const lack_type[] = { "cut", "pages-missing", "no-data-section",
	"fewer-than-counted", "filter", "collector-limit", "not-read", "killed" };

static struct str
text_of(const struct json_doc *m, uint32_t i)
{
	return i != JSON_NONE && m->node[i].type == JSON_STRING ?
	    (struct str){ json_str(m, i), m->node[i].str_len } :
	    (struct str){ "", 0 };
}

static uint64_t
number_of(const struct json_doc *m, uint32_t object, const char *name)
{
	uint64_t n;

	return object != JSON_NONE && json_u64(m, object, name, &n) ? n : 0;
}

static bool
true_at(const struct json_doc *m, uint32_t object, const char *path)
{
	uint32_t i = json_path(m, object, path);

	return i != JSON_NONE && m->node[i].type == JSON_TRUE;
}

static int
read_lacks(struct told_input *x, const struct json_doc *m)
{
	for (uint32_t i = json_first_of(m, x->entry, "lacks"); i != JSON_NONE;
	     i = m->node[i].next) {
		struct told_lack *l;

		if (vec_more(&x->lack, x->n_lacks, sizeof *x->lack))
			return -1;
		l = &x->lack[x->n_lacks];
		*l = (struct told_lack){ .sentence = text_of(m, i) };
		if (m->node[i].type == JSON_OBJECT) {
			uint32_t type = json_member(m, i, "type");

			l->type = "other";
			for (size_t k = 0; k < sizeof lack_type / sizeof *lack_type; k++)
				if (json_text_is(m, type, lack_type[k]))
					l->type = lack_type[k];
			l->sentence = text_of(m, json_member(m, i, "sentence"));
			l->table = text_of(m, json_member(m, i, "table"));
			l->has_rows = json_u64(m, i, "rows", &l->rows);
		}
		/* what says nothing is none */
		x->n_lacks += l->sentence.n > 0;
	}
	return 0;
}

static int
read_marks(struct told_input *x, const struct json_doc *m)
{
	x->marks_told = json_member(m, x->entry, "compared") != JSON_NONE;
	for (uint32_t i = json_first_of(m, x->entry, "compared"); i != JSON_NONE;
	     i = m->node[i].next) {
		uint64_t want, have;

		if (vec_more(&x->mark, x->n_marks, sizeof *x->mark))
			return -1;
		x->mark[x->n_marks++] =
		    (struct told_mark){ .what = text_of(m, json_member(m, i, "what")),
			    .lower = json_u64(m, i, "expected", &want) &&
				json_u64(m, i, "read", &have) && want > have };
	}
	return 0;
}

/* A number or a text, as it stands. */
static struct str
as_it_stands(const struct json_doc *m, uint32_t i)
{
	if (i == JSON_NONE || m->node[i].type == JSON_NULL)
		return (struct str){ "", 0 };
	return m->node[i].type == JSON_STRING ? text_of(m, i) :
						(struct str){ json_src(m, i), m->node[i].src_len };
}

static void
read_source(struct told_input *x, const struct json_doc *m)
{
	uint32_t database = json_member(m, x->entry, "database"), name;
	uint64_t last = number_of(m, database, "insert_seq_last");

	x->dump = json_text_is(m, json_member(m, x->entry, "kind"), "pg-dump");
	x->database = database != JSON_NONE;
	x->seq_last = number_of(m, x->entry, "insert_seq_last");
	x->seq_last = last > x->seq_last ? last : x->seq_last;
	x->system_identifier =
	    as_it_stands(m, json_path(m, x->entry, "database.system_identifier"));
	x->timeline = as_it_stands(m, json_path(m, x->entry, "database.timeline"));
	x->clock = text_of(m, json_path(m, x->entry, "database.database_clock"));
	for (name = json_first_of(m, x->entry, "tables"); name != JSON_NONE;
	     name = m->node[name].next) {
		static const char runs[] = "retention_operations";
		size_t n = m->node[name].name_len;

		x->runs |= n >= sizeof runs - 1 &&
		    memcmp(json_name(m, name) + n - (sizeof runs - 1), runs, sizeof runs - 1) == 0;
	}
}

/* A must-gather whose events went through the sanitiser: not if they were read from an original. */
static void
read_collection(struct told_input *x, const struct json_doc *m)
{
	static const char original[] = ".pre-sanitize";
	struct str from = text_of(m, json_path(m, x->entry, "collection.events_from"));
	size_t n = sizeof original - 1;

	x->collection = json_member(m, x->entry, "collection") != JSON_NONE;
	x->sanitised = true_at(m, x->entry, "collection.sanitised") && from.n &&
	    (from.n < n || memcmp(from.p + from.n - n, original, n));
}

static void
read_bytes(struct told_input *x, const struct json_doc *m)
{
	uint32_t b = json_member(m, x->entry, "bytes");

	if (json_member(m, x->entry, "undone") != JSON_NONE)
		x->undone = number_of(m, json_member(m, x->entry, "undone"), "copy-escapes");
	x->bytes_told = b != JSON_NONE;
	x->bytes_whole = x->bytes_told && json_u64(m, b, "read", &x->bytes_read) &&
	    json_u64(m, b, "understood", &x->bytes_understood) &&
	    json_u64(m, b, "rejected", &x->bytes_rejected);
}

int
told_read(struct told_inputs *x, const struct json_doc *m)
{
	for (uint32_t i = json_first_of(m, 0, "inputs"); i != JSON_NONE; i = m->node[i].next) {
		struct told_input *p;
		uint64_t number = number_of(m, i, "input");

		if (vec_more(&x->input, x->n, sizeof *x->input))
			return -1;
		p = &x->input[x->n++];
		*p = (struct told_input){ .entry = i,
			.number = number > UINT32_MAX ? 0 : (uint32_t)number,
			.path = text_of(m, json_member(m, i, "path")),
			.kind = text_of(m, json_member(m, i, "kind")),
			.events = number_of(m, i, "events"),
			.rejects = number_of(m, i, "rejects"),
			.conflicts = number_of(m, i, "conflicts"),
			.outside = number_of(m, i, "outside"),
			.newest_seen = true_at(m, i, "newest_seen.seen") };
		read_source(p, m);
		read_collection(p, m);
		read_bytes(p, m);
		if (read_lacks(p, m) || read_marks(p, m))
			return -1;
	}
	return 0;
}

void
told_release(struct told_inputs *x)
{
	for (uint32_t i = 0; i < x->n; i++) {
		free(x->input[i].lack);
		free(x->input[i].mark);
	}
	free(x->input);
	*x = (struct told_inputs){ .n = 0 };
}

const struct told_input *
told_input(const struct told_inputs *x, uint32_t number)
{
	for (uint32_t i = 0; number && i < x->n; i++)
		if (x->input[i].number == number)
			return &x->input[i];
	return NULL;
}

/* Where a sentence names its table; NULL: nowhere. */
static const char *
names_table(const struct told_lack *l)
{
	return l->type && l->table.n ?
	    memmem(l->sentence.p, l->sentence.n, l->table.p, l->table.n) :
	    NULL;
}

/* Do they differ in the table's name alone? */
static bool
alike(const struct told_lack *a, const struct told_lack *b)
{
	const char *p = names_table(a), *q = names_table(b);
	size_t before, behind;

	if (p == NULL || q == NULL || a->type != b->type || a->has_rows || b->has_rows)
		return false;
	before = (size_t)(p - a->sentence.p);
	behind = a->sentence.n - before - a->table.n;
	return before == (size_t)(q - b->sentence.p) &&
	    behind == b->sentence.n - before - b->table.n &&
	    memcmp(a->sentence.p, b->sentence.p, before) == 0 &&
	    memcmp(p + a->table.n, q + b->table.n, behind) == 0;
}

uint32_t
told_lack_run(const struct told_input *x, uint32_t i)
{
	uint32_t n = 1;

	while (i + n < x->n_lacks && alike(&x->lack[i], &x->lack[i + n]))
		n++;
	return n;
}

void
told_lack_say(struct buf *out, const struct told_input *x, uint32_t i, uint32_t n)
{
	const struct told_lack *l = &x->lack[i], *last = &x->lack[i + n - 1];

	buf_put(out, l->sentence.p, l->sentence.n > SENTENCE ? SENTENCE : l->sentence.n);
	if (n > 1)
		buf_printf(out, "; so of %u more table%s, up to %.*s", n - 1, n > 2 ? "s" : "",
		    (int)(last->table.n > NAME ? NAME : last->table.n), last->table.p);
}
