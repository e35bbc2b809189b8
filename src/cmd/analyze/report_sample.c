/*
 * report --sample FILE: a sample that was drawn before is drawn again from the archives at hand,
 * and must be the same (formats/controls.md CT-15). Nothing else of the file is believed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "base/vec.h"
#include "cmd/analyze/report_sample.h"

#define SAMPLE_BOUNDS 400u

static int
refused(struct sampled *x, const char *why)
{
	return err_set(&x->w.ev->err, EX_DATA_ERR, "--sample %.200s: %s", x->given->given, why);
}

/* A text of the document; NULL: it is null or not there. false: it is something else. */
static bool
text_of(struct sampled *x, const char *name, const char **ret)
{
	uint32_t k = json_member(&x->doc, 0, name);

	*ret = NULL;
	if (k == JSON_NONE || x->doc.node[k].type == JSON_NULL)
		return true;
	if (x->doc.node[k].type != JSON_STRING ||
	    memchr(json_str(&x->doc, k), '\0', x->doc.node[k].str_len))
		return false;
	if (x->n_texts == SAMPLED_TEXTS ||
	    (x->text[x->n_texts] = strndup(json_str(&x->doc, k), x->doc.node[k].str_len)) == NULL)
		return false;
	*ret = x->text[x->n_texts++];
	return true;
}

/* What it was drawn by. 0 or -1 (err). */
static int
read_wish(struct sampled *x, const char *cluster)
{
	struct sample_wish *w = &x->w.wish;
	const char *format, *population, *strata, *period, *of;

	json_init(&x->doc);
	if (json_parse(&x->doc, x->given->text, x->given->n, 64))
		return refused(x, "it is no JSON; want what exhibit sample --out FILE.json wrote");
	if (!text_of(x, "format", &format) || format == NULL || strcmp(format, SAMPLE_FORMAT))
		return refused(x,
		    "want what exhibit sample --out FILE.json wrote, of format "
		    "\"" SAMPLE_FORMAT "\"");
	if (!text_of(x, "population", &population) || population == NULL ||
	    (w->population = population_named(population)) == POPULATIONS)
		return refused(x, "its population is none that this program knows");
	if (!text_of(x, "seed", &w->seed) || w->seed == NULL || !text_of(x, "strata", &strata) ||
	    !text_of(x, "seed_source", &w->source) || !text_of(x, "seed_chosen", &w->chosen) ||
	    !json_u64(&x->doc, 0, "number", &w->number) ||
	    !json_u64(&x->doc, 0, "after", &w->after) || !text_of(x, "period", &period) ||
	    !text_of(x, "cluster", &of) || !text_of(x, "digest", &x->digest) || x->digest == NULL)
		return refused(x, "a member is missing or of another form (CT-15)");
	if (!strata_named(strata, &w->by))
		return refused(x, "its strata are none that this program knows");
	if ((of == NULL) != (cluster == NULL) || (of && strcmp(of, cluster)))
		return refused(x, "it is of another --cluster than this report");
	x->w.period = (struct period){ INT64_MIN, INT64_MAX };
	if (period && !period_parse(period, &x->w.period))
		return refused(x, "its period is none");
	return 0;
}

static int
choose(struct sampled *x, const struct correlation *c)
{
	if (vec_more(&x->w.chosen, x->w.n_chosen, sizeof *x->w.chosen) ||
	    vec_more(&x->chosen, x->w.n_chosen, sizeof *x->chosen))
		return err_nomem(&x->w.ev->err);
	x->w.chosen[x->w.n_chosen] = (struct chosen){ c->text, c };
	x->chosen[x->w.n_chosen++] = c;
	return 0;
}

/* What the auditor chose beside. 0 or -1 (err). */
static int
read_chosen(struct sampled *x, const struct catalog *cat)
{
	for (uint32_t k = json_first_of(&x->doc, 0, "judgemental"); k != JSON_NONE;
	     k = x->doc.node[k].next) {
		uint32_t id = json_member(&x->doc, k, "correlation_id");
		const struct correlation *c =
		    id == JSON_NONE || x->doc.node[id].type != JSON_STRING ?
		    NULL :
		    catalog_get(cat, json_str(&x->doc, id), x->doc.node[id].str_len);

		if (c == NULL || !c->remediation)
			return refused(x, "a remediation that the auditor chose is not here");
		if (choose(x, c))
			return -1;
	}
	return 0;
}

/* The draw that options ask for. 0 or -1 (err). */
static int
take_wish(struct sampled *x, const struct cli *c, struct reading *r, const struct catalog *cat)
{
	struct err *e = &x->w.ev->err;
	const struct correlation *found;
	const char *id;

	json_init(&x->doc);
	x->w.wish = *x->wish;
	x->w.period = x->period;
	for (unsigned i = 0; (id = cli_nth(c, "judgemental", i)) != NULL; i++)
		if (catalog_find(cat, r, id, &found, e) || choose(x, found))
			return -1;
	return 0;
}

/* Is the next item of the document the one that was drawn here? */
static bool
same_item(struct sampled *x, uint32_t *at, const struct drawn *d)
{
	const struct correlation *c = d->e->c;
	uint32_t id = *at == JSON_NONE ? JSON_NONE : json_member(&x->doc, *at, "correlation_id");
	bool same = id != JSON_NONE && x->doc.node[id].type == JSON_STRING &&
	    x->doc.node[id].str_len == c->n && memcmp(json_str(&x->doc, id), c->text, c->n) == 0;

	if (*at != JSON_NONE)
		*at = x->doc.node[*at].next;
	return same;
}

/* What the rules say of each that was drawn. 0 or -1 (err). */
static int
test_items(struct sampled *x)
{
	uint32_t at = x->digest ? json_first_of(&x->doc, 0, "items") : JSON_NONE;

	/* drawn from something else: then its items prove nothing about this population */
	if (x->digest && strcmp(x->digest, x->w.s.digest))
		return refused(x,
		    "another sample: its population has another digest here; other "
		    "archives, or another policy or period");
	/* room for all that were drawn, before the first is tested */
	if ((x->item = calloc(x->w.s.taken + 1, sizeof *x->item)) == NULL)
		return err_nomem(&x->w.ev->err);
	for (size_t i = 0; i < x->w.s.n; i++) {
		struct drawn *d = &x->w.s.d[i];
		struct report_item *t = &x->item[x->n];
		struct story story = { 0 };
		struct facts f = { 0 };
		struct tested tested;
		int rc;

		if (!d->taken)
			continue;
		/* each in its order: the file and the draw must be the same */
		if (x->digest && !same_item(x, &at, d))
			return refused(x, "another sample: it lists others than are drawn here");
		/* rules are asked anew, and not believed */
		rc = worksheet_test(&x->w, d->e->c, &story, &f, &tested);
		t->d = d;
		x->n++;
		for (unsigned k = 0; k < ATTRIBUTES; k++) {
			t->words[k] = strndup(tested.words[k].p ? (char *)tested.words[k].p : "",
			    tested.words[k].len);
			if (t->words[k] == NULL)
				rc = err_nomem(&x->w.ev->err);
			buf_release(&tested.words[k]);
		}
		buf_release(&tested.events);
		facts_release(&f);
		story_release(&story);
		if (rc)
			return -1;
	}
	return at == JSON_NONE ? 0 :
				 refused(x, "another sample: it lists more than are drawn here");
}

static int
note_bound(void *arg, const struct statement *s)
{
	struct sampled *x = arg;

	if (x->n_bounds == SAMPLE_BOUNDS)
		return 0;
	if (vec_more(&x->bound, x->n_bounds, sizeof *x->bound) ||
	    (x->bound[x->n_bounds] = strdup(s->sentence)) == NULL)
		return -1;
	x->n_bounds++;
	return 0;
}

int
sample_again(struct sampled *x, const struct cli *c, const char *cluster,
    const struct parameters *p, struct reading *r, const struct catalog *cat)
{
	if (x->wish ? take_wish(x, c, r, cat) : read_wish(x, cluster) || read_chosen(x, cat))
		return -1;
	x->w.p = *p;
	x->w.cluster = cluster;
	if (worksheet_gather(&x->w, r, cat) || test_items(x))
		return -1;
	if (worksheet_bounds(&x->w, note_bound, x))
		return err_nomem(&x->w.ev->err);
	x->told = (struct report_sample){ .s = &x->w.s,
		.wish = &x->w.wish,
		.item = x->item,
		.n = x->n,
		.chosen = x->chosen,
		.n_chosen = x->w.n_chosen,
		.bound = x->bound,
		.n_bounds = x->n_bounds };
	return 0;
}

void
sampled_release(struct sampled *x)
{
	/* the parameters are the report's */
	memset(&x->w.p, 0, sizeof x->w.p);
	for (size_t i = 0; i < x->n; i++)
		for (unsigned k = 0; k < ATTRIBUTES; k++)
			free(x->item[i].words[k]);
	for (unsigned i = 0; i < x->n_bounds; i++)
		free(x->bound[i]);
	for (unsigned i = 0; i < x->n_texts; i++)
		free(x->text[i]);
	free(x->item);
	free(x->bound);
	free(x->chosen);
	free(x->w.chosen);
	worksheet_release(&x->w);
	json_release(&x->doc);
}
