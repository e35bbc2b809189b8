/* compare: two exports of one source, as text and JSON (formats/output.md O-11). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "compare/compare.h"
#include "json/emit.h"

#define SHOWN 40u       /* differences of one class on the screen */
#define LIMITS_SHOWN 6u /* known lacks of one side */
#define EVENTS_SHOWN 6u /* events of one difference */

static void
put_plain(struct buf *b, const void *p, size_t n)
{
	buf_clear(b);
	text_plain(b, p, n);
	printf("%.*s", (int)b->len, b->p ? (char *)b->p : "");
}

static void
put_times(struct buf *b, const struct utc_range *t)
{
	if (t->any) {
		utc_print(b, UTC_REST, t->min, 0);
		buf_str(b, " to ");
		utc_print(b, UTC_REST, t->max, 0);
	} else {
		buf_str(b, "no event");
	}
}

static void
print_side(const char *label, const struct side *s, const struct evidence *ev, struct buf *b)
{
	for (unsigned i = 0; i < ev->n; i++) {
		struct str started;

		printf("  %-10s ", i ? "" : label);
		put_plain(b, archive_path(ev->archive[i]), strlen(archive_path(ev->archive[i])));
		printf(", export started ");
		started = archive_manifest_str(ev->archive[i], "started_at");
		if (started.n)
			put_plain(b, started.p, started.n);
		else
			printf("at an unknown time");
		printf("\n");
	}
	buf_clear(b);
	put_times(b, &s->time);
	printf("  %-10s %" PRIu64 " events, %.*s\n", "", s->n, (int)b->len, (char *)b->p);
}

static void
print_group(const struct comparison *c, const struct difference_group *g, struct buf *b)
{
	const struct difference *d = &c->d[g->first];
	char id[37];

	printf("\n  ");
	put_plain(b, d->correlation, d->correlation_len);
	printf("\n    ");
	put_plain(b, g->sentence, strlen(g->sentence));
	printf("\n");
	/* the first events; a group may have millions */
	for (uint64_t i = 0; i < g->n && i < EVENTS_SHOWN; i++) {
		uuid_of(d[i].id, id);
		printf("    event %s", id);
		if (d[i].moved)
			printf(" (now under another correlation)");
		else if (d[i].words && g->n > 1) {
			printf(": ");
			put_plain(b, d[i].words, strlen(d[i].words));
		}
		printf("\n");
	}
	if (g->n > EVENTS_SHOWN)
		printf("    and %" PRIu64 " more: -o json\n", g->n - EVENTS_SHOWN);
	/* explanations stand below, each with how far it goes */
	for (unsigned i = 0; i < g->n_explanations; i++) {
		printf("    %-12s", explained_name[g->explanation[i].state]);
		put_plain(b, g->explanation[i].sentence, strlen(g->explanation[i].sentence));
		printf("\n");
	}
}

/* Rows that one export, a part, need not show: neither gone nor late. */
static void
print_unseen(const struct comparison *c)
{
	static const char *const words[2] = { "of the old export are not in the new one, and "
					      "whether they are gone cannot be told from it: it "
					      "is, or may be, a part",
		"of the new export are not in the old one, which is, or may be, a part: whether "
		"they came late cannot be told" };

	for (unsigned k = 0; k < 2; k++)
		if (c->unseen[k])
			printf("  %-14s %" PRIu64 " event%s %s\n", "not looked at", c->unseen[k],
			    c->unseen[k] == 1 ? "" : "s", words[k]);
	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0, n = (k ? &c->new : &c->old)->limits.n; i < n; i++) {
			const char *sentence = (k ? &c->new : &c->old)->limits.l[i].sentence;
			struct buf b;

			if (i == LIMITS_SHOWN) {
				printf("  %-14s and %u more: -o json\n", "", n - i);
				break;
			}
			buf_init(&b, 8192);
			text_plain(&b, sentence, strlen(sentence));
			printf("  %-14s from the %s export: %.*s\n", "missing", k ? "new" : "old",
			    (int)b.len, b.p ? (char *)b.p : "");
			buf_release(&b);
		}
}

/* The first line says how much of both was compared. */
static void
print_head(const struct comparison *c)
{
	if (c->n == 0 && (c->unseen[0] || c->unseen[1] || c->part))
		printf("A PART was compared: nothing else is said of the %" PRIu64 " events that "
		       "both "
		       "exports hold.\n",
		    c->same);
	else if (c->n == 0)
		printf(
		    "NO DIFFERENCE in the %" PRIu64 " events that both exports hold.\n", c->same);
	else
		printf("%" PRIu64 " DIFFERENCE%s between two exports of one source.\n", c->n,
		    c->n == 1 ? "" : "S");
	/* nothing in common at all is more likely two sources than a loss */
	if (c->same == 0 && c->old.n && c->new.n && c->counted[DIFF_VANISHED] == c->old.n)
		printf("NO EVENT IN COMMON: are these exports of one source?\n");
	printf("\n");
}

static void
print_counts(const struct comparison *c)
{
	printf("\n  %-14s %" PRIu64 " events\n", "the same", c->same);
	if (c->by_tool)
		printf("  %-14s %" PRIu64 " of them once what a tool did is undone (%s): both give "
		       "the hash that the source stored\n",
		    "", c->by_tool, c->tool);
	/* what cannot be told is not counted as none */
	for (int k = 0; k < DIFFERENCES; k++)
		if (k == DIFF_VANISHED && !gone_told(c))
			printf("  %-14s cannot be told\n", difference_name[k]);
		else
			printf("  %-14s %" PRIu64 " event%s%s%s\n", difference_name[k],
			    c->counted[k], c->counted[k] == 1 ? "" : "s", c->counted[k] ? ": " : "",
			    c->counted[k] ? difference_meaning[k] : "");
	printf("  %-14s %" PRIu64 " events after the end of the old export, as is to be expected\n",
	    "new", c->grown);
	print_unseen(c);
}

static void
print_text(
    const struct comparison *c, const struct evidence *old, const struct evidence *new, int status)
{
	uint64_t shown[DIFFERENCES] = { 0 };
	struct buf b;

	buf_init(&b, 1u << 24);
	print_head(c);
	print_side("old", &c->old, old, &b);
	print_side("new", &c->new, new, &b);
	if (c->continues)
		printf("  %-10s the new files go on with the log of the old ones; what they skip "
		       "is as it was\n",
		    "");
	print_counts(c);
	/* groups are sorted by class; of each class only the first ones are shown */
	for (uint64_t i = 0; i < c->n_groups; i++) {
		enum difference_class k = c->d[c->group[i].first].class;

		if (shown[k]++ == 0)
			printf("\n%s: %s\n", difference_name[k], difference_meaning[k]);
		if (shown[k] <= SHOWN)
			print_group(c, &c->group[i], &b);
	}
	for (int k = 0; k < DIFFERENCES; k++)
		if (shown[k] > SHOWN)
			printf("\n  and %" PRIu64 " more correlations with %s events: -o json\n",
			    shown[k] - SHOWN, difference_name[k]);
	/* what this comparison does not say */
	printf("\nNot checked\n  - whether either export is intact by itself: exhibit verify\n  - "
	       "rows that came and went between the two exports\n");
	printf("\nStatus %d. Both versions of a row: exhibit cat FILE --id EVENT-OR-CORRELATION\n",
	    status);
	buf_release(&b);
}

static void
put_end(struct emit *e, const char *name, const struct utc_range *t, int64_t us)
{
	if (t->any)
		emit_time(e, name, us);
	else
		emit_null(e, name);
}

static void
put_side(struct emit *e, const char *name, const struct side *s, const struct evidence *ev)
{
	emit_object(e, name);
	emit_array(e, "files");
	for (unsigned i = 0; i < ev->n; i++) {
		emit_object(e, NULL);
		emit_str(e, "path", archive_path(ev->archive[i]));
		emit_str(e, "origin", archive_origin(ev->archive[i]));
		emit_hash(e, "root", archive_root(ev->archive[i]));
		emit_end(e);
	}
	emit_end(e);
	emit_u64(e, "events", s->n);
	put_end(e, "first", &s->time, s->time.min);
	put_end(e, "last", &s->time, s->time.max);
	emit_end(e);
}

static void
put_counts(struct emit *e, const struct comparison *c)
{
	emit_object(e, "counts");
	emit_u64(e, "same", c->same);
	/* what cannot be told is not counted as none */
	for (int k = 0; k < DIFFERENCES; k++)
		if (k == DIFF_VANISHED && !gone_told(c))
			emit_null(e, difference_name[k]);
		else
			emit_u64(e, difference_name[k], c->counted[k]);
	emit_u64(e, "not_looked_at", c->unseen[0] + c->unseen[1]);
	emit_u64(e, "new", c->grown);
	emit_end(e);
}

/* A group is one finding about one correlation. */
static void
put_group(struct emit *e, const struct comparison *c, const struct difference_group *g)
{
	const struct difference *d = &c->d[g->first];

	emit_object(e, NULL);
	emit_str(e, "class", difference_name[d->class]);
	emit_text(e, "correlation_id", d->correlation, d->correlation_len);
	emit_array(e, "event_ids");
	for (uint64_t k = 0; k < g->n; k++)
		emit_uuid(e, NULL, d[k].id);
	emit_end(e);
	emit_str(e, "sentence", g->sentence);
	emit_array(e, "explanations");
	for (unsigned k = 0; k < g->n_explanations; k++) {
		emit_object(e, NULL);
		emit_str(e, "sentence", g->explanation[k].sentence);
		emit_str(e, "state", explained_name[g->explanation[k].state]);
		emit_end(e);
	}
	emit_end(e);
	/* columns of each event that changed */
	emit_array(e, "changes");
	for (uint64_t k = 0; k < g->n; k++)
		if (d[k].columns) {
			emit_object(e, NULL);
			emit_uuid(e, "event_id", d[k].id);
			emit_list(e, d[k].columns, strlen(d[k].columns));
			emit_end(e);
		}
	emit_end(e);
	emit_end(e);
}

static int
print_json(const struct comparison *c, const struct evidence *old, const struct evidence *new)
{
	struct emit e;
	struct buf b;

	buf_init(&b, 1u << 28);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	put_side(&e, "old", &c->old, old);
	put_side(&e, "new", &c->new, new);
	/* counts first, so that a reader knows what the list is about */
	emit_bool(&e, "continues", c->continues);
	emit_u64(&e, "by_tool", c->by_tool);
	put_counts(&e, c);
	emit_array(&e, "differences");
	for (uint64_t i = 0; i < c->n_groups; i++) {
		put_group(&e, c, &c->group[i]);
		/* printed as it grows: there may be a million of them */
		if (b.len > 1u << 20) {
			fwrite(b.p, 1, b.len, stdout);
			buf_clear(&b);
		}
	}
	emit_end(&e);
	/* one array of both */
	emit_array(&e, "limits");
	limits_put(&c->old.limits, &e);
	limits_put(&c->new.limits, &e);
	emit_end(&e);
	emit_end(&e);
	buf_byte(&b, '\n');
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
	return emit_done(&e) ? 0 : -1;
}

int
cmd_compare(const struct cli *c)
{
	const char *path[CLI_MAX];
	struct evidence old = { 0 }, new = { 0 };
	struct reading ro = { 0 }, rn = { 0 };
	struct comparison cmp = { 0 };
	unsigned n = 0;
	int status;

	/* the old files are given as options, the new ones as arguments */
	while (n < CLI_MAX && (path[n] = cli_nth(c, "with", n)) != NULL)
		n++;
	if (n == 0 || c->n_args == 0)
		return cli_usage(
		    c, "compare wants the new archive and, behind --with, the old one");
	/* both sides are opened before the sandbox, and authenticated behind it */
	if ((status = evidence_attach(&new, c, c->arg, c->n_args, NULL)) == 0 &&
	    (status = evidence_attach(&old, c, path, n, &new)) == 0 &&
	    (status = evidence_confine(&new, c, NULL)) == 0 &&
	    (status = evidence_authenticate(&new)) == 0)
		status = evidence_authenticate(&old);
	/* the comparison needs both whole: a failure of either is one of both */
	if (status == 0 &&
	    (reading_init(&ro, old.archive, old.n, &old.findings, &new.err) ||
		reading_init(&rn, new.archive, new.n, &new.findings, &new.err) ||
		compare_run(&cmp, &ro, &rn, &new.err) || (nomem_noted() && err_nomem(&new.err))))
		status = cli_fail(c, &new.err);
	if (status == 0) {
		int of_new = evidence_banner(&new), of_old = evidence_banner(&old);

		/* an altered file outranks whatever was compared in it */
		status = of_new == EX_ALTERED || of_old == EX_ALTERED ? EX_ALTERED :
		    of_new                                            ? of_new :
		    of_old                                            ? of_old :
		    cmp.n                                             ? EX_DIFFERENCES :
		    cmp.unseen[0] || cmp.unseen[1] || cmp.part        ? EX_INCOMPLETE :
									0;
		if (c->form == OUT_JSON) {
			if (print_json(&cmp, &old, &new) && err_nomem(&new.err))
				status = cli_fail(c, &new.err);
		} else {
			print_text(&cmp, &old, &new, status);
		}
	}
	compare_release(&cmp);
	reading_release(&ro);
	reading_release(&rn);
	evidence_close(&new);
	evidence_close(&old);
	return status;
}
