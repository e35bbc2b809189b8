/*
 * What a language model, or anybody, wrote about a remediation, against the facts of its brief
 * (formats/analysis.md AN-16): each sentence, with the facts that it cites. Nothing is asked of a
 * model here; what cannot be told from words and numbers is said not to be judged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/check_inner.h"
#include "base/text.h"

#define OUT_MAX (512u << 20) /* bytes that wait to be written */
#define FLUSH (1u << 20)
#define LISTED 1000u /* sentences on a terminal */
#define SHOWN 300u   /* bytes of one there */
#define WHY_MAX 4096u

const char *const sentence_state_name[SENTENCE_STATES] = { "grounded", "not judged", "uncited",
	"not in the facts", "contradicted", "no such fact" };

struct checking {
	struct facts_list l;
	struct tokens t;
	char clean[CHECK_SENTENCE]; /* the sentence, with ' for each apostrophe */
	struct verdict v;
	struct emit e;
	struct buf *out;
	const struct sink *sink;
	bool json, lost; /* lost: what was printed did not arrive */
	uint64_t count[SENTENCE_STATES], n, listed;
};

struct buf *
verdict_add(struct verdict *v, enum sentence_state state)
{
	if (state > v->state)
		v->state = state;
	if (v->n_why == CHECK_WHY)
		return NULL;
	buf_init(&v->why[v->n_why], WHY_MAX);
	return &v->why[v->n_why++];
}

static void
verdict_begin(struct verdict *v)
{
	for (unsigned i = 0; i < v->n_why; i++)
		buf_release(&v->why[i]);
	memset(v, 0, sizeof *v);
}

static void
cite(struct checking *g, uint32_t number)
{
	struct verdict *v = &g->v;
	struct buf *b;

	if (number == 0 || number > g->l.n) {
		if ((b = verdict_add(v, SENTENCE_NO_FACT)) != NULL)
			buf_printf(b, "F%u: the brief has F1 to F%zu", number, g->l.n);
		return;
	}
	for (unsigned i = 0; i < v->n_cites; i++)
		if (v->cite[i] == number - 1)
			return;
	if (v->n_cites < CHECK_CITES)
		v->cite[v->n_cites++] = number - 1;
	else if ((b = verdict_add(v, SENTENCE_NOT_JUDGED)) != NULL)
		buf_printf(b, "it cites more than %u facts", CHECK_CITES);
}

static void
cites(struct checking *g)
{
	uint32_t before = 0;

	for (unsigned i = 0; i < g->t.n; i++) {
		const struct token *t = &g->t.t[i];

		if (t->kind != TOKEN_CITE)
			continue;
		for (uint32_t k = before + 1;
		     t->range && before && k < t->cite && k <= before + CHECK_CITES; k++)
			cite(g, k);
		cite(g, t->cite);
		before = t->cite;
	}
}

/* Most of its words are not English, and no names of the brief; or it is held together by words of
 * another language. */
static bool
foreign(struct checking *g)
{
	unsigned words = 0, known = 0, others = 0, common = 0;
	bool beyond = false;

	for (unsigned i = 0; i < g->t.n; i++) {
		const struct token *t = &g->t.t[i];

		/* `segundos` */
		others += t->kind == TOKEN_UNIT && word_in(t->word, LIST_OTHERS);
		if (t->kind != TOKEN_WORD || t->n < 2 || lexicon_own(&g->l.lexicon, t->p, t->n))
			continue;
		words++;
		others += word_in(t->word, LIST_OTHERS);
		common += word_in(t->word, LIST_COMMON);
		known += lexicon_known(&g->l.lexicon, t->p, t->n);
		for (unsigned k = 0; k < t->n; k++)
			beyond |= (unsigned char)t->p[k] >= 0x80;
	}
	return others > common || (words && known == 0) || (known * 2 < words && words > 2) ||
	    (known * 2 <= words && beyond);
}

static bool
answer_begins(const struct tokens *t, unsigned clause)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->t[i].clause == clause)
			return t->t[i].answers;
	return false;
}

/* `… is not in evidence`: that clause needs no fact. */
static bool
exempt(struct checking *g)
{
	bool any = false;

	for (unsigned i = 0; i < g->t.n; i++) {
		const struct token *t = &g->t.t[i];

		if (t->negated && t->clause < 64 && word_among("evidence evidenced", t->p, t->n)) {
			any = g->v.exempt[t->clause] = true;
			/* `Root cause: not in evidence` */
			if (t->clause && answer_begins(&g->t, t->clause))
				g->v.exempt[t->clause - 1] = true;
		}
	}
	return any;
}

/* Headings, `My answers:` and questions state nothing, unless they hold a number or a name. */
static bool
states_nothing(const struct checking *g, const char *p, size_t n, bool heading)
{
	bool words = false;

	for (unsigned i = 0; i < g->t.n; i++) {
		enum token_kind k = g->t.t[i].kind;

		if (k == TOKEN_NAME || k == TOKEN_NUMBER || k == TOKEN_TIME || k == TOKEN_CITE)
			return false;
		words |= k == TOKEN_WORD;
	}
	/* `**Root cause.**` before a paragraph is its heading */
	heading |= n > 4 && p[0] == p[1] && strchr("*_", *p) && p[n - 1] == *p && p[n - 2] == *p &&
	    memchr(p + 2, *p, n - 4) == NULL;
	while (n && strchr("*_\" ", p[n - 1]))
		n--;
	return !words || heading || (n && (p[n - 1] == ':' || p[n - 1] == '?'));
}

/* `wasn’t` is `wasn't`. ret: n bytes; how many are filled. */
static size_t
cleaned(char *ret, const char *p, size_t n)
{
	static const char mark[] = "\u2019";
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		bool is = n - i >= sizeof mark - 1 && memcmp(p + i, mark, sizeof mark - 1) == 0;

		ret[k++] = is ? '\'' : p[i];
		i += is ? sizeof mark - 2 : 0;
	}
	return k;
}

/* false: it states nothing. */
static bool
judge(struct checking *g, const char *p, size_t n, bool heading)
{
	struct verdict *v = &g->v;
	struct buf *b;
	bool spared;

	verdict_begin(v);
	/* a sentence that is too long is not judged at all */
	if (n <= CHECK_SENTENCE)
		tokens_of(&g->t, &g->l.lexicon, g->clean, cleaned(g->clean, p, n));
	if (n > CHECK_SENTENCE || g->t.full || g->l.budget == 0) {
		if ((b = verdict_add(v, SENTENCE_NOT_JUDGED)) != NULL)
			buf_str(b,
			    g->l.budget ? "it is too long to be one sentence" :
					  "the text is too much to be looked through");
		return true;
	}
	if (states_nothing(g, p, n, heading))
		return false;
	cites(g);
	spared = exempt(g);
	v->foreign = foreign(g);
	/* without a citation nothing is proven by it */
	if (v->n_cites == 0 && v->n_why == 0 && !spared) {
		verdict_add(v, SENTENCE_UNCITED);
		v->n_why = 0;
		return true;
	}
	/* values before words: a number that differs needs no relation */
	judge_values(&g->l, &g->t, v);
	if (!v->foreign) {
		judge_statements(&g->l, &g->t, v);
		judge_relations(&g->l, &g->t, v);
	} else if ((b = verdict_add(v, SENTENCE_NOT_JUDGED)) != NULL) {
		buf_str(b,
		    "it is not English: only its numbers in digits, times, ids and names were "
		    "looked at");
	}
	/* a sentence that only leads over is no claim */
	if (v->n_cites == 0 && spared && v->state == SENTENCE_ABSENT)
		v->state = SENTENCE_UNCITED;
	return true;
}

static void
sentence_json(struct checking *g, const char *p, size_t n, uint64_t line)
{
	struct emit *e = &g->e;
	char name[16];

	emit_object(e, NULL);
	emit_u64(e, "line", line);
	emit_text(e, "sentence", p, n);
	emit_array(e, "facts");
	for (unsigned i = 0; i < g->v.n_cites; i++) {
		snprintf(name, sizeof name, "F%u", g->v.cite[i] + 1);
		emit_str(e, NULL, name);
	}
	emit_end(e);
	emit_str(e, "state", sentence_state_name[g->v.state]);
	emit_array(e, "why");
	for (unsigned i = 0; i < g->v.n_why; i++)
		emit_text(e, NULL, (const char *)g->v.why[i].p, g->v.why[i].len);
	emit_end(e);
	emit_end(e);
}

static void
sentence_text(struct checking *g, const char *p, size_t n, uint64_t line)
{
	size_t cut = n < SHOWN ? n : SHOWN;

	if (g->v.state == SENTENCE_GROUNDED || g->listed++ >= LISTED)
		return;
	while (cut < n && cut && ((unsigned char)p[cut] & 0xc0) == 0x80)
		cut--;
	buf_printf(g->out, "  line %" PRIu64 ", %s: ", line, sentence_state_name[g->v.state]);
	text_plain(g->out, p, cut);
	buf_str(g->out, cut < n ? " …\n" : "\n");
	for (unsigned i = 0; i < g->v.n_why; i++) {
		buf_str(g->out, "      ");
		text_plain(g->out, g->v.why[i].p, g->v.why[i].len);
		buf_byte(g->out, '\n');
	}
}

static int
each(void *arg, const char *p, size_t n, uint64_t line, bool heading)
{
	struct checking *g = arg;

	if (!judge(g, p, n, heading))
		return 0;
	g->n++;
	g->count[g->v.state]++;
	if (g->json)
		sentence_json(g, p, n, line);
	else
		sentence_text(g, p, n, line);
	if (g->out->len > FLUSH && g->sink->flush(g->sink->arg, g->out))
		g->lost = true;
	return g->lost || g->out->failed ? -1 : 0;
}

static void
digest_of(const void *p, size_t n, char hex[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32] = { 0 };

	if (s) {
		sha256_begin(s);
		sha256_add(s, p, n);
		sha256_end(s, d);
	}
	sha256_free(s);
	hex_of(d, 32, hex);
}

static void
put_head(struct checking *g, const struct str *id, const char *text_sum, const char *brief_sum)
{
	if (g->json) {
		emit_init(&g->e, g->out);
		emit_object(&g->e, NULL);
		emit_text(&g->e, "check_of", id->p, id->n);
		emit_str(&g->e, "text_sha256", text_sum);
		emit_str(&g->e, "brief_sha256", brief_sum);
		emit_u64(&g->e, "facts", g->l.n);
		emit_array(&g->e, "sentences");
		return;
	}
	buf_str(g->out, "CHECK OF A TEXT ABOUT ");
	text_plain(g->out, id->p, id->n);
	buf_printf(g->out,
	    "\n  SHA-256 of the text   %s\n  SHA-256 of the brief  %s\n"
	    "  facts in the brief    %zu\n\nSENTENCES THAT ARE NOT GROUNDED\n",
	    text_sum, brief_sum, g->l.n);
}

static void
put_counts(struct checking *g)
{
	bool grounded = g->n == g->count[SENTENCE_GROUNDED];

	if (g->json) {
		emit_end(&g->e);
		emit_object(&g->e, "counts");
		emit_u64(&g->e, "sentences", g->n);
		for (unsigned k = 0; k < SENTENCE_STATES; k++)
			emit_u64(&g->e, sentence_state_name[k], g->count[k]);
		emit_end(&g->e);
		emit_bool(&g->e, "grounded", grounded);
		emit_end(&g->e);
		buf_byte(g->out, '\n');
		return;
	}
	if (g->listed > LISTED)
		buf_printf(
		    g->out, "  and %" PRIu64 " more: -o json has them all\n", g->listed - LISTED);
	else if (grounded)
		buf_str(g->out, "  none\n");
	buf_printf(g->out, "\n  %" PRIu64 " sentences", g->n);
	for (unsigned k = 0; k < SENTENCE_STATES; k++)
		buf_printf(g->out, ", %" PRIu64 " %s", g->count[k], sentence_state_name[k]);
	/* what the check does not say is said every time */
	buf_str(g->out,
	    "\n  Grounded: the numbers, times, names and events in it stand in the facts it cites. "
	    "Whether its reasoning is sound is for its reader to judge.\n");
}

int
analysis_check(struct analyses *a, size_t i, const struct brief_wish *wish, const char *text,
    size_t n, struct buf *out, const struct sink *sink, bool *ret_grounded, struct err *e)
{
	struct checking g = { .out = out, .sink = sink, .json = wish->json };
	struct brief_wish md = *wish, json = *wish;
	struct buf brief, facts;
	char text_sum[65], brief_sum[65];
	struct str id = { a->f[i].c->text, a->f[i].c->n };
	int rc = -1;

	md.json = false;
	json.json = true;
	buf_init(&brief, OUT_MAX);
	buf_init(&facts, OUT_MAX);
	/* the text is held against the brief as it would be written */
	if (analysis_brief(a, i, &md, &brief, e) || analysis_brief(a, i, &json, &facts, e) ||
	    facts_list_open(&g.l, (char *)facts.p, facts.len, e))
		goto out;
	if ((g.t.t = calloc(CHECK_TOKENS, sizeof *g.t.t)) == NULL) {
		err_nomem(e);
		goto out;
	}
	/* both digests, so that somebody can see which texts these were */
	digest_of(text, n, text_sum);
	digest_of(brief.p, brief.len, brief_sum);
	put_head(&g, &id, text_sum, brief_sum);
	/* each sentence by itself, in the order of the text */
	if (sentences_each(&g.l.lexicon, text, n, each, &g)) {
		if (g.lost)
			err_set(e, EX_IO_ERR, "what was printed did not arrive");
		else
			err_nomem(e);
		goto out;
	}
	/* then what came of it, in numbers */
	put_counts(&g);
	*ret_grounded = g.n == g.count[SENTENCE_GROUNDED];
	rc = out->failed ? err_nomem(e) : 0;
out:
	verdict_begin(&g.v);
	free(g.t.t);
	facts_list_release(&g.l);
	buf_release(&facts);
	buf_release(&brief);
	return rc ? -1 : 0;
}
