#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/analysis.h"
#include "approval/controls.h"
#include "base/text.h"
#include "chain/peer.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/gather.h"
#include "cmd/analyze/proof.h"
#include "cmd/analyze/remember.h"
#include "report/form.h"

struct each {
	const struct evidence *ev;
	struct buf *out;
};

/* One line, printed. */
static int
finish_line(struct buf *b)
{
	buf_byte(b, '\n');
	fwrite(b->p, 1, b->len, stdout);
	return b->failed || ferror(stdout) ? 1 : 0;
}

static int
each(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *x, const char *variant)
{
	const struct each *to = arg;
	struct emit e;

	(void)rows;
	buf_clear(to->out);
	emit_init(&e, to->out);
	emit_object(&e, NULL);
	emit_u64(&e, "position", r->position);
	emit_uuid(&e, "event_id", r->id);
	emit_text(&e, "correlation_id", corr.p, corr.n);
	emit_str(&e, "content", content_name[x->content]);
	if (variant)
		emit_str(&e, "variant", variant);
	if (x->key >= 0)
		emit_u64(&e, "key", to->ev->hmac_read[x->key].given);
	if (x->link != LINK_NONE)
		emit_str(&e, "link", link_name[x->link]);
	emit_end(&e);
	return finish_line(to->out);
}

static void
put_entry(struct emit *e, const struct peer_entry *x)
{
	emit_object(e, NULL);
	emit_uuid(e, "event_id", x->id);
	emit_time(e, "event_timestamp", x->time);
	emit_str(e, "expected_hash", x->expected);
	emit_str(e, "actual_hash", x->actual);
	emit_str(e, "previous_hash", x->previous);
	emit_str(e, "message", x->message);
	emit_end(e);
}

/* One line: the server's answer, ours, and why they differ (output.md O-10). */
static int
peer(void *arg, const struct peer_answer *a)
{
	struct peer_entry entry[PEER_ENTRIES];
	struct buf *b = arg;
	struct emit e;

	buf_clear(b);
	emit_init(&e, b);
	emit_object(&e, NULL);
	emit_text(&e, "correlation_id", a->correlation.p, a->correlation.n);
	emit_i64(&e, "http_status", a->http_status);
	/* only an answer of 200 has events in it */
	if (a->http_status == 200) {
		emit_bool(&e, "is_valid", a->is_valid);
		emit_u64(&e, "total_events", a->total);
		emit_u64(&e, "verified_events", a->verified);
		emit_u64(&e, "skipped_null_hash", a->skipped);
		/* in the order in which the server would list them */
		emit_array(&e, "tampered_events");
		for (uint64_t i = 0; i < a->total; i++)
			for (unsigned k = 0, n = peer_entries(a, i, entry); k < n; k++)
				put_entry(&e, &entry[k]);
		emit_end(&e);
		emit_str(&e, "ours", verdict_name[a->ours]);
	}
	/* why the two disagree, in our words */
	emit_str(&e, "why_different", a->why);
	emit_end(&e);
	return finish_line(b);
}

/* What --peer prints. The server has one key: the first one given, as it is read where it fits. */
static int
tell_peer(struct evidence *ev, struct verification *v, struct buf *b)
{
	struct str first = v->n_hmac ? ev->hmac[0] : (struct str){ 0 };

	if (v->n_hmac) {
		ev->hmac[0] = ev->hmac[ev->first_key];
		ev->hmac[ev->first_key] = first;
	}
	return peer_run(&v->rows, peer, b, &ev->err);
}

/* The judgement, in the form that is asked for. The exit status. */
static int
tell(struct evidence *ev, struct verification *v)
{
	const struct cli *c = ev->c;
	int status = v->exit;
	struct buf b;

	buf_init(&b, 1u << 30);
	/* every event by itself, as the server would answer, or the verdict */
	if (cli_get(c, "each")) {
		if (rows_each(&v->rows, each, &(struct each){ ev, &b }, &ev->err))
			status = ev->err.status ? cli_fail(c, &ev->err) : EX_IO_ERR;
	} else if (cli_get(c, "peer")) {
		if (tell_peer(ev, v, &b))
			status = ev->err.status ? cli_fail(c, &ev->err) : EX_IO_ERR;
	} else if (c->form == OUT_JSON) {
		if (print_verification_json(v, ev, &b) == 0)
			evidence_put_limits(ev, &b);
		if (b.failed || nomem_noted()) {
			err_nomem(&ev->err);
			status = cli_fail(c, &ev->err);
		} else {
			fwrite(b.p, 1, b.len, stdout);
		}
	} else {
		print_verification(v, ev);
	}
	buf_release(&b);
	return status;
}

/* Archives. memory: what changes it, NULL without --remember. The exit status. */
static int
verify_archives(const struct cli *c, struct memory_file *memory, const struct sandbox_may *may)
{
	struct evidence ev;
	struct verification v;
	struct parameters p;
	int status, left;

	/* the policy may name keys and checkpoints: it is read before anything is verified */
	parameters_default(&p);
	if ((status = evidence_open(&ev, c, may)) == 0)
		status = policy_parse(&ev, &p);
	parameters_release(&p);
	if (status) {
		evidence_close(&ev);
		return status;
	}
	if ((status = evidence_verify(&ev, &v)) == 0)
		status = tell(&ev, &v);
	/* what was asked for and not done is no success; what was found outranks it */
	if (memory && status < EX_USAGE_ERR && (left = remember(&ev, &v, memory)) != 0)
		status = left >= EX_USAGE_ERR || status == EX_OK ? left : status;
	verify_release(&v);
	evidence_close(&ev);
	return status;
}

int
cmd_verify(const struct cli *c)
{
	struct sandbox_may may = { NULL, NULL, NULL };
	struct memory_file memory;
	struct err e = { 0 };
	int status;

	/* a proof is a file of its own kind */
	if ((status = proof_given(c, &e)) != 0)
		return status < 0 ? cli_fail(c, &e) : proof_verify(c);
	if (cli_get(c, "by-hand"))
		return cli_usage(c,
		    "--by-hand is of a proof (FILE.tlog-proof): for an archive, exhibit explain "
		    "FINDING FILE");
	if (cli_get(c, "remember") == NULL)
		return verify_archives(c, NULL, NULL);
	status = memory_file_open(&memory, c, &may, &e) ? cli_fail(c, &e) :
							  verify_archives(c, &memory, &may);
	memory_file_close(&memory);
	return status;
}

/* Whatever --vkey takes: a file, a pipe, or the key itself; a key a line. */
int
cmd_key(const struct cli *c)
{
	struct evidence ev = { .c = c };
	int status = 0;

	if (c->n_args != 1)
		return cli_usage(c, "key wants one FILE.vkey");
	if (evidence_key(&ev, c->arg[0]))
		status = cli_fail(c, &ev.err);
	for (unsigned i = 0; i < ev.n_vkeys && status == 0; i++) {
		struct buf b;

		buf_init(&b, 4096);
		text_plain(&b, ev.vkey[i].name, strlen(ev.vkey[i].name));
		printf("%sname         %.*s\nfingerprint  %s\n", i ? "\n" : "", (int)b.len,
		    (char *)b.p, ev.vkey[i].fingerprint);
		buf_release(&b);
	}
	evidence_close(&ev);
	return status;
}

/* A rule of `controls`; false: there is none of that name. */
static bool
explain_rule(const char *name)
{
	for (unsigned i = 0; i < RULES; i++) {
		const struct rule_info *r = &rule_info[i];

		if (strcasecmp(r->name, name))
			continue;
		printf("%s, version %u\n\n%s\n\nAbout:      %s: %s\nTest:       %s\nWhy:        %s "
		       "(SOC 2 %s; NIST SP 800-53 %s)\n",
		    r->name, r->version, r->question, population_info[r->population].name,
		    population_info[r->population].definition, r->test, r->reasoning, r->criteria,
		    r->nist);
		for (const char *p = r->explanations; *p; p += strcspn(p, "|"), p += *p == '|')
			printf("Innocent if %.*s\n", (int)strcspn(p, "|"), p);
		printf("By hand:    exhibit approvals FILE --id ID names the events of one story; "
		       "exhibit cat FILE --id ID shows them whole\n");
		return true;
	}
	return false;
}

static bool
is_term(const char *name)
{
	for (unsigned i = 0; i < n_analysis_terms; i++)
		if (strcmp(analysis_term[i].name, name) == 0)
			return true;
	return false;
}

/* As one word of a shell's line; queries have the other quotes inside. */
static void
print_word(const char *text)
{
	putchar('"');
	fputs(text, stdout);
	putchar('"');
}

/* A figure of the analysis, with the query that redoes it. */
static bool
explain_term(const char *name)
{
	for (unsigned i = 0; i < n_analysis_terms; i++) {
		const struct analysis_term *t = &analysis_term[i];

		/* A10 to A12 are findings too: AN-10 is the figure alone */
		if (strcasecmp(t->name, name) &&
		    (t->name[0] != 'A' || strncasecmp(name, "AN-", 3) ||
			strcmp(t->name + 1, name + 3)))
			continue;
		printf("%s %s\n\n%s\n\n", t->name, t->title, t->definition);
		for (const char *p = t->innocent; *p; p += strcspn(p, "|"), p += *p == '|')
			printf("Innocent if %.*s\n", (int)strcspn(p, "|"), p);
		printf("By hand:    exhibit sql FILE %s",
		    strstr(t->query, ":id") ? "--param id=ID " : "");
		print_word(t->query);
		printf("\nClause:     AN-14, in formats/\n");
		return true;
	}
	return false;
}

/* Ids of findings and rules, and classes. */
static const char *
known_id(void *arg, unsigned i)
{
	(void)arg;
	if (i < FINDING_COUNT)
		return finding_info[i].id;
	i -= FINDING_COUNT;
	if (i < RULES)
		return rule_info[i].name;
	i -= RULES;
	if (i < n_analysis_terms)
		return analysis_term[i].name;
	i -= n_analysis_terms;
	return i < FINDING_COUNT ? finding_info[i].class : NULL;
}

/* All findings and rules there are, a row each. */
static int
explain_list(const struct cli *c)
{
	static const struct form_column column[] = { { "id", "ID", COLUMN_TEXT, 5, 0 },
		{ "class", "CLASS", COLUMN_TEXT, 22, 0 }, { "level", "LEVEL", COLUMN_TEXT, 10, 1 },
		{ "clause", "CLAUSE", COLUMN_TEXT, 6, 2 },
		{ "meaning", "MEANING", COLUMN_TEXT, 0, 0 },
		{ "by_hand", NULL, COLUMN_TEXT, 0, 0 } };
	enum form_style style = c->form == OUT_JSON ? STYLE_JSON :
	    c->form == OUT_JSONL                    ? STYLE_JSONL :
	    c->form == OUT_CSV                      ? STYLE_CSV :
						      STYLE_TABLE;
	struct err e = { 0 };
	struct form f;
	struct buf b;
	int status = 0;

	buf_init(&b, 1u << 22);
	/* findings, rules and figures in one list: ids are unique over all three */
	form_begin(&f, &b, style, "explained", column, sizeof column / sizeof *column, c->width);
	for (unsigned i = 0; i < FINDING_COUNT; i++) {
		const struct finding_info *d = &finding_info[i];

		form_str(&f, d->id);
		form_str(&f, d->class);
		form_str(&f, level_name[d->level]);
		form_str(&f, d->clause[0] ? d->clause : NULL);
		form_str(&f, d->meaning);
		form_str(&f, d->hand[0] ? d->hand : NULL);
	}
	for (unsigned i = 0; i < RULES; i++) {
		form_str(&f, rule_info[i].name);
		form_str(&f, "rule");
		form_str(&f, "rule");
		form_str(&f, "CT-8");
		form_str(&f, rule_info[i].question);
		form_str(&f, NULL);
	}
	for (unsigned i = 0; i < n_analysis_terms; i++) {
		char name[16];

		snprintf(name, sizeof name, "%s%s", analysis_term[i].name[0] == 'A' ? "AN-" : "",
		    analysis_term[i].name + (analysis_term[i].name[0] == 'A'));
		form_str(&f, name);
		form_str(&f, "figure");
		form_str(&f, "figure");
		form_str(&f, "AN-14");
		form_str(&f, analysis_term[i].title);
		form_str(&f, analysis_term[i].query);
	}
	if (form_end(&f) && style == STYLE_JSON) {
		emit_end(&f.emit);
		buf_byte(&b, '\n');
	}
	fwrite(b.p, 1, b.len, stdout);
	if (b.failed) {
		err_nomem(&e);
		status = cli_fail(c, &e);
	}
	buf_release(&b);
	return status;
}

int
cmd_explain(const struct cli *c)
{
	if (c->n_args == 0 && cli_get(c, "id"))
		return cli_usage(c,
		    "explain wants an id of a finding or a rule, such as S01 or AP-01; and, for "
		    "its check by hand, FILE.exhibit and --id EVENT");
	if (c->n_args == 0)
		return explain_list(c);
	if (c->form != OUT_TABLE)
		return cli_usage(c,
		    "-o json, jsonl and csv list all that can be explained: exhibit explain -o "
		    "csv");
	if (c->n_args == 1 && cli_get(c, "id"))
		return cli_usage(c,
		    "--id wants the FILE that the event is in: explain %.50s FILE.exhibit --id "
		    "EVENT",
		    c->arg[0]);
	for (unsigned i = 1; i < c->n_args; i++)
		if (strcmp(c->arg[i], "-") == 0)
			return cli_usage(c, "-: commands by hand want a file that they can name");
	/* by its id or by its class */
	for (int i = 0; i < FINDING_COUNT; i++) {
		const struct finding_info *d = &finding_info[i];
		static const char *const level_words[] = { "note: honest peculiarity worth knowing",
			"gap: something is missing or cannot be judged", "not readable",
			"alarm: not explained by what the source and the exporter are known to "
			"do" };

		if (strcmp(d->id, c->arg[0]) && strcmp(d->class, c->arg[0]))
			continue;
		printf("%s %s (%s)\n\n%s\n\nWhat to do: %s\n", d->id, d->class,
		    level_words[d->level], d->meaning, d->todo);
		/* the check by hand, as a pattern; with a file, filled in */
		if (d->hand[0] && c->n_args == 1)
			printf("By hand:    %s\n", d->hand);
		if (d->clause[0])
			printf("Clause:     %s, in formats/\n", d->clause);
		if (d->hand[0] && c->n_args == 1) {
			printf("            F is the file, U=");
			print_word("file:$F?immutable=1");
			printf("; exhibit explain %s FILE --id EVENT fills in all of it\n", d->id);
		}
		if (c->n_args == 1 && strcmp(d->id, c->arg[0]) == 0 && is_term(c->arg[0])) {
			printf("\nAlso a figure of the analysis:\n");
			explain_term(c->arg[0]);
		}
		return c->n_args > 1 ? recipe_print(c, d) : 0;
	}
	/* rules and figures have words of their own */
	if (explain_rule(c->arg[0]))
		return c->n_args > 1 ?
		    cli_usage(c, "%.50s is a rule: exhibit controls FILE --rule %.50s tests it",
			c->arg[0], c->arg[0]) :
		    0;
	if (explain_term(c->arg[0]))
		return c->n_args > 1 ?
		    cli_usage(c, "%.50s is a figure: exhibit analysis FILE tells it", c->arg[0]) :
		    0;
	return cli_unknown(c, "explain", c->arg[0], known_id, NULL);
}
