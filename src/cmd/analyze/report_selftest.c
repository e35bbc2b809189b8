/*
 * report --selftest FILE: the result of a selftest, shown as it was given. Its form is checked, and
 * that its counts add up; whoever made it could have written others (formats/output.md O-35).
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/report_selftest.h"

#define KINDS_MOST 1000u
#define COUNT_MOST 1000000000000000u /* so that sums of KINDS_MOST are numbers still */
#define TEXT_MOST 300u               /* bytes of a name in it */

static int
refused(const struct given *g, const char *why, struct err *e)
{
	return err_set(e, EX_DATA_ERR,
	    "--selftest %.200s: %s; want what exhibit selftest -o json wrote (O-35)", g->given,
	    why);
}

/* false: no text, or a long one. */
static bool
text_of(const struct json_doc *d, uint32_t object, const char *name, struct str *ret)
{
	uint32_t i = json_member(d, object, name);

	if (i == JSON_NONE || d->node[i].type != JSON_STRING || d->node[i].str_len > TEXT_MOST)
		return false;
	*ret = (struct str){ json_str(d, i), d->node[i].str_len };
	return true;
}

static bool
count_of(const struct json_doc *d, uint32_t object, const char *name, uint64_t *ret)
{
	return json_u64(d, object, name, ret) && *ret <= COUNT_MOST;
}

static bool
is_null(const struct json_doc *d, const char *name)
{
	uint32_t i = json_member(d, 0, name);

	return i != JSON_NONE && d->node[i].type == JSON_NULL;
}

/* One kind of change, by one hand. false: it is not as selftest writes one. */
static bool
kind(const struct json_doc *d, uint32_t object, struct report_selftest_kind *k)
{
	uint32_t by = json_member(d, object, "by"), must = json_member(d, object, "must_be");

	k->insider = json_text_is(d, by, "insider");
	k->must_be_found = json_text_is(d, must, "found");
	return d->node[object].type == JSON_OBJECT && text_of(d, object, "change", &k->change) &&
	    (k->insider || json_text_is(d, by, "outsider")) &&
	    (k->must_be_found || json_text_is(d, must, "not excluded") ||
		json_text_is(d, must, "without effect")) &&
	    count_of(d, object, "made", &k->made) && count_of(d, object, "found", &k->found) &&
	    count_of(d, object, "missed", &k->missed) &&
	    count_of(d, object, "not_excluded", &k->open) &&
	    count_of(d, object, "without_effect", &k->same) &&
	    k->made == k->found + k->missed + k->open + k->same;
}

/* All kinds, and whether the sums are theirs. NULL: fine; else what is wrong. */
static const char *
kinds(struct selftest_given *x)
{
	struct report_selftest *t = &x->told;
	uint64_t made = 0, must = 0, same = 0, missed = 0;
	uint32_t all = json_member(&x->doc, 0, "kinds");

	if (all == JSON_NONE || x->doc.node[all].type != JSON_ARRAY ||
	    x->doc.node[all].count > KINDS_MOST)
		return "its kinds are no list of a bearable length";
	x->kind = calloc(x->doc.node[all].count + 1, sizeof *x->kind);
	for (uint32_t i = x->doc.node[all].first; x->kind && i != JSON_NONE;
	     i = x->doc.node[i].next) {
		struct report_selftest_kind *k = &x->kind[t->n];

		if (!kind(&x->doc, i, k))
			return "one of its kinds is of another form, or its counts do not add up";
		made += k->made;
		must += k->must_be_found ? k->made - k->same : 0;
		same += k->same;
		missed += k->missed;
		t->n++;
	}
	t->kind = x->kind;
	t->missed = missed;
	t->same = same;
	/* made is at least what had to be found, and what had no effect beside it */
	if (made != t->changes || must != t->must || missed > must || t->found != must - missed)
		return "its sums are not those of its kinds";
	return NULL;
}

/* The members that are no kinds. */
static bool
members(struct selftest_given *x)
{
	struct report_selftest *t = &x->told;
	const struct json_doc *d = &x->doc;
	uint32_t rows = json_member(d, 0, "rows_of_file");
	struct str program = { "", 0 };
	uint8_t raw[32];

	if (d->node[0].type != JSON_OBJECT || !json_u64(d, 0, "seed", &t->seed) ||
	    (!is_null(d, "file") && !text_of(d, 0, "file", &t->file)) || rows == JSON_NONE ||
	    (d->node[rows].type != JSON_TRUE && d->node[rows].type != JSON_FALSE) ||
	    (!is_null(d, "program_sha256") &&
		(!text_of(d, 0, "program_sha256", &program) || program.n != 64 ||
		    !hex_to(program.p, 64, raw))))
		return false;
	if (program.n)
		hex_of(raw, 32, t->program);
	t->rows_of_file = d->node[rows].type == JSON_TRUE;
	return count_of(d, 0, "changes", &t->changes) &&
	    count_of(d, 0, "must_be_found", &t->must) &&
	    count_of(d, 0, "found_of_these", &t->found);
}

int
selftest_given_read(struct selftest_given *x, const struct given *given, struct err *e)
{
	struct sha256 *s;
	const char *why;
	uint8_t d[32];
	int rc;

	json_init(&x->doc);
	if (given == NULL)
		return 0;
	if ((s = sha256_new()) == NULL)
		return err_nomem(e);
	sha256_once(s, given->text, given->n, d);
	sha256_free(s);
	hex_of(d, 32, x->told.sha);
	if ((rc = json_parse(&x->doc, given->text, given->n, 8)) != 0)
		return rc < 0 ? err_nomem(e) : refused(given, "it is no JSON", e);
	if (!members(x))
		return refused(given, "a member is missing or of another form", e);
	why = kinds(x);
	if (x->kind == NULL && why == NULL)
		return err_nomem(e);
	return why ? refused(given, why, e) : 0;
}

void
selftest_given_release(struct selftest_given *x)
{
	json_release(&x->doc);
	free(x->kind);
}
