/* A brief of a range (formats/analysis.md AN-15): the facts that brief.def declares of AN-11. */
#include <stdio.h>

#include "analysis/brief_inner.h"

enum fact_kind { ONE, EACH_OF };

static const struct {
	enum fact_kind kind;
	const char *path, *unit, *sentence;
} declared[] = {
#define RANGE(path, unit, sentence) { ONE, path, unit, sentence },
#define EACH(path, sentence) { EACH_OF, path, "", sentence },
#include "analysis/brief.def"
};

static const char *const question[] = { "Where does the time go, and what would shorten it most?",
	"Which actions fail, and is the reason in evidence?",
	"Is the model too sure, or not sure enough, as far as outcomes tell?",
	"Where do people wait, or not answer?",
	"What should be automated, and what should no longer be?",
	"Which recommendations would you follow first, and how would one see that it helped?" };

/* `{name}`, `{name:unit}`: the member of an element, or of the member that it is. */
static void
put_place(struct brief *g, struct buf *b, uint32_t element, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	char path[64] = "", unit[24] = "";
	uint32_t at;

	if (colon) {
		snprintf(unit, sizeof unit, "%.*s", (int)(p + n - colon - 1), colon + 1);
		n = (size_t)(colon - p);
	}
	snprintf(path, sizeof path, "%.*s", (int)n, p);
	if (strcmp(path, "@name") == 0) {
		brief_quoted(b, json_name(&g->d, element), g->d.node[element].name_len);
		return;
	}
	at = strcmp(path, "@") == 0 ? element : json_path(&g->d, element, path);
	if (at == JSON_NONE || g->d.node[at].type == JSON_NULL)
		buf_str(b, "not in evidence");
	else
		brief_value(b, &g->d, at, unit);
}

static void
put_element(struct brief *g, const char *path, const char *sentence, uint32_t element)
{
	const char *at = sentence;
	struct buf b;

	buf_init(&b, BRIEF_MAX);
	while (*at) {
		size_t n = strcspn(at, "{");

		buf_put(&b, at, n);
		at += n;
		if (*at == '\0')
			break;
		n = strcspn(++at, "}");
		put_place(g, &b, element, at, n);
		at += n + 1;
	}
	brief_fact(g, path, &b, element, "", json_member(&g->d, element, "evidence"), JSON_NONE);
	g->out->failed |= b.failed;
	buf_release(&b);
}

static void
put_one(struct brief *g, const char *path, const char *unit, const char *sentence, uint32_t at)
{
	const char *mark = strstr(sentence, "%s");
	struct buf b;

	buf_init(&b, BRIEF_MAX);
	buf_put(&b, sentence, (size_t)(mark - sentence));
	brief_value(&b, &g->d, at, unit);
	buf_str(&b, mark + 2);
	brief_fact(g, path, &b, at, unit, JSON_NONE, JSON_NONE);
	g->out->failed |= b.failed;
	buf_release(&b);
}

static void
facts(struct brief *g)
{
	const struct json_node *node = g->d.node;

	for (size_t i = 0; i < sizeof declared / sizeof *declared; i++) {
		uint32_t at = json_path(&g->d, 0, declared[i].path);

		if (at == JSON_NONE || node[at].type == JSON_NULL)
			continue;
		if (declared[i].kind == ONE) {
			if (brief_next(g))
				put_one(g, declared[i].path, declared[i].unit, declared[i].sentence,
				    at);
			continue;
		}
		for (uint32_t k = node[at].first; k != JSON_NONE; k = node[k].next)
			if (brief_next(g))
				put_element(g, declared[i].path, declared[i].sentence, k);
	}
}

static void
put_end(struct brief *g, const char *name, const char *none)
{
	uint32_t at = json_member(&g->d, 0, name);

	if (g->d.node[at].type == JSON_STRING)
		buf_put(g->out, json_str(&g->d, at), g->d.node[at].str_len);
	else
		buf_str(g->out, none);
}

static void
head(struct brief *g)
{
	static const char *const end[] = { "from", "to" };

	if (g->json) {
		emit_object(&g->e, "brief_of");
		for (unsigned i = 0; i < 2; i++) {
			uint32_t at = json_member(&g->d, 0, end[i]);

			emit_raw(&g->e, end[i], json_src(&g->d, at), g->d.node[at].src_len);
		}
		emit_end(&g->e);
		return;
	}
	buf_str(g->out,
	    "# Brief of a range\n\nOf remediations, by the time that each became known, from ");
	put_end(g, "from", "the first");
	buf_str(g->out, " until ");
	put_end(g, "to", "the last");
	buf_byte(g->out, '.');
}

int
range_brief(const struct analyses *a, int64_t from, int64_t to, const struct brief_wish *wish,
    struct buf *out, struct err *e)
{
	static const struct brief_parts parts = { .head = head,
		.facts = facts,
		.question = question,
		.n_questions = sizeof question / sizeof *question,
		.of_range = true };
	struct buf text;
	size_t first;
	int rc;

	if (analyses_between(a, from, to, &first) == 0)
		return err_set(e, EX_NO_SUCH,
		    "--brief: no remediation became known then: there is nothing to tell of");
	buf_init(&text, BRIEF_MAX);
	rc = range_json(a, from, to, &text, NULL, e) ? -1 : brief_of(&text, &parts, wish, out, e);
	buf_release(&text);
	return rc;
}
