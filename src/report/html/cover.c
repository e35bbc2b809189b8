/* Page 1, the contents behind it, and the files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

/* From the inputs alone: the same archives and tool give the same id. */
void
report_id(struct report *rep, char out[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	memset(d, 0, sizeof d);
	if (s) {
		sha256_begin(s);
		sha256_add(s, rep->version, strlen(rep->version));
		for (unsigned i = 0; i < rep->v->n_archives; i++)
			sha256_add(s, archive_sha256(rep->v->archive[i]), 32);
		for (unsigned i = 0; i < rep->n_chosen; i++)
			sha256_add(s, rep->chosen[i]->text, rep->chosen[i]->n + 1);
		sha256_add(s, rep->controls->p->digest, strlen(rep->controls->p->digest) + 1);
		sha256_add(
		    s, rep->period ? rep->period : "", rep->period ? strlen(rep->period) + 1 : 1);
		if (rep->cluster)
			sha256_add(s, rep->cluster, strlen(rep->cluster) + 1);
		if (rep->selftest)
			sha256_add(s, rep->selftest->sha, sizeof rep->selftest->sha);
		sha256_end(s, d);
	}
	sha256_free(s);
	hex_of(d, 32, out);
}

static const char *
shade(enum state s)
{
	return s == STATE_PROVEN ? "s-proven" : s == STATE_DISPROVED ? "s-disproved" : "s-not";
}

/* A state as a sign and in words: nothing is proven without saying by what (J-1). */
static void
say(struct buf *b, const char *way, enum state state, const char *word, const char *rests_on,
    const char *why)
{
	static const char *const sign[] = {
		[STATE_PROVEN] = "&#x2713;&#xfe0e;",
		[STATE_DISPROVED] = "&#x2717;&#xfe0e;",
		[STATE_NOT_PROVEN] = "?",
		[STATE_NOT_CHECKED] = "&#x2013;",
	};

	html_put(b, "<p><span class=\"sy\" aria-hidden=\"true\">%s</span>%s<strong>%s", sign[state],
	    way, word);
	if (state == STATE_PROVEN && rests_on && rests_on[0]) {
		buf_str(b, " by ");
		html_text(b, rests_on);
	}
	buf_str(b, "</strong>: ");
	html_text(b, why ? why : "");
	buf_str(b, "</p>");
}

/* A tile: what is judged, its state, and why. */
static void
tile(struct buf *b, const char *title, const struct verification *v, enum part p)
{
	html_put(b, "<li class=\"%s\"><b>%s</b>", shade(v->part[p].state), title);
	say(b, "", v->part[p].state, state_name[v->part[p].state], v->part[p].rests_on,
	    v->part[p].why);
	buf_str(b, "</li>\n");
}

/* What was counted of the source's records, in the words of the first screen. */
static void
put_source(struct buf *out, const struct verification *v)
{
	for (unsigned i = 0; i < verdict_claims; i++) {
		const struct claim *c = &verdict_claim[i];
		const char *label;

		if (c->kind != CLAIM_SOURCE || !c->applies(&v->grounds))
			continue;
		label = c->label(&v->grounds);
		if (strcmp(label, "content") && strcmp(label, "links") && strcmp(label, "secret"))
			continue;
		buf_printf(out, "%s%s: ", out->len ? "; " : "", label);
		c->words(&v->grounds, out);
	}
	buf_byte(out, '\0');
}

/* Can the file, its records, their number, their origin and their times be relied on? */
static void
tiles(struct buf *b, const struct verification *v)
{
	static const char *const way[PARTS] = {
		[PART_SEALED_HERE] = "sealed to here, ",
		[PART_SOURCE_SEALED] = "source to sealed, ",
		[PART_HAPPENED_SOURCE] = "happened to source, ",
	};
	enum state source = v->source_verdict == VERDICT_INTACT ? STATE_PROVEN :
	    v->source_verdict == VERDICT_ALTERED                ? STATE_DISPROVED :
								  STATE_NOT_PROVEN;
	struct buf t;

	buf_str(b, "<ul class=\"tiles\" aria-label=\"What can be relied on\">\n");
	tile(b, "File", v, PART_INTEGRITY);
	buf_init(&t, 1u << 16);
	put_source(&t, v);
	html_put(b, "<li class=\"%s\"><b>Source records</b>", shade(source));
	say(b, "", source, verdict_name[v->source_verdict], NULL, t.failed ? "" : (char *)t.p);
	buf_str(b, "</li>\n");
	b->failed |= t.failed;
	buf_release(&t);
	html_put(b, "<li class=\"%s\"><b>Completeness</b>", shade(v->dim[DIM_COMPLETENESS].state));
	for (unsigned p = PART_SEALED_HERE; p <= PART_HAPPENED_SOURCE; p++)
		say(b, way[p], v->part[p].state, state_name[v->part[p].state], v->part[p].rests_on,
		    v->part[p].why);
	buf_str(b, "</li>\n");
	tile(b, "Origin", v, PART_AUTHENTICITY);
	tile(b, "Time", v, PART_TIME);
	buf_str(b, "</ul>\n");
}

/* What the rules found, in a sentence: never exceptions without what was not testable. */
static void
tests(struct buf *b, const struct report *rep)
{
	const struct controls *k = rep->controls;
	uint64_t exceptions = 0, untestable = 0;
	unsigned rules = 0;

	for (unsigned i = 0; i < RULES; i++) {
		exceptions += k->tally[i].exceptions;
		untestable += k->tally[i].untestable;
		rules += k->tally[i].exceptions != 0;
	}
	html_put(b, "<p class=\"%s\" id=\"tests-sum\">", exceptions ? "v s-not" : "v");
	if (rep->registry->n == 0)
		html_put(b,
		    "<strong>No remediation is here, so none of <a href=\"#s-tests\">%u rules</a> "
		    "was tested</strong>.</p>\n",
		    RULES);
	else if (exceptions == 0)
		html_put(b,
		    "<strong>No <a href=\"#s-exceptions\">exception</a> to <a "
		    "href=\"#s-tests\">%u rules</a>, %" PRIu64 " not testable</strong> (of %" PRIu64
		    " remediation%s).</p>\n",
		    RULES, untestable, (uint64_t)rep->registry->n,
		    rep->registry->n == 1 ? "" : "s");
	else
		html_put(b,
		    "<strong><a href=\"#s-exceptions\">%" PRIu64 " exception%s</a> to %u of <a "
		    "href=\"#s-tests\">%u rules</a>, "
		    "%" PRIu64 " not "
		    "testable</strong> (of "
		    "%" PRIu64 " remediatio"
		    "n%s).</"
		    "p>\n",
		    exceptions, exceptions == 1 ? "" : "s", rules, RULES, untestable,
		    (uint64_t)rep->registry->n, rep->registry->n == 1 ? "" : "s");
}

static void
missing(struct buf *b, const struct report *rep)
{
	if (rep->limits->n == 0)
		return;
	buf_str(b,
	    "<div class=\"v s-not\"><p>As far as the rows here tell: what is known to be "
	    "missing</p><ul>\n");
	html_limits(b, rep->limits);
	buf_str(b,
	    "</ul><div>Counts below are lower bounds; what rests on an absence is not "
	    "testable.</div></div>\n");
}

static void
not_checked(struct buf *b, const struct verification *v)
{
	html_put(b, "<h3>What could not be checked</h3>\n<ul>\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		buf_str(b, "<li>");
		html_text(b, v->not_checked[i]);
		buf_str(b, "</li>\n");
	}
	if (v->n_not_checked == 0)
		buf_str(b, "<li>Nothing that this program knows to look for was left out.</li>\n");
	buf_str(b, "</ul>\n");
}

/* By whose clock the policy counts: a name, or an offset from UTC. */
static const char *
zone_words(const struct parameters *p, char out[32])
{
	int minutes = (p->offset < 0 ? -p->offset : p->offset) / 60;

	if (p->zone)
		return zone_called(p->zone);
	if (p->offset == 0)
		return "UTC";
	snprintf(out, 32, "UTC%c%02d:%02d", p->offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return out;
}

/* By how much a stated time can lie too early (trust.md W-8). t: scratch. */
static void
backdating(struct buf *b, struct buf *t, const struct verification *v)
{
	const struct timely *x = &v->timely;

	buf_clear(t);
	if (x->bounded) {
		buf_printf(t,
		    "%s at most: %" PRIu64 " of %" PRIu64 " events had been sealed before %s, "
		    "says ",
		    x->window_text, x->bounded, x->bounded + x->unbounded, x->last_text);
		buf_str(t, x->who);
		if (x->late)
			buf_printf(t, "; %" PRIu64 " came late", x->late);
	} else {
		buf_str(t, "not bounded: no witness or authority that was given dated a seal");
	}
	buf_byte(t, '\0');
	html_row(b, "Backdating window", t->p ? (char *)t->p : "", false);
}

/* In it a row can come, change and go, and nobody knows. */
static void
unwatched(struct buf *b, struct buf *t, const struct verification *v)
{
	const struct timely *x = &v->timely;
	char from[UTC_TEXT];

	buf_clear(t);
	if (x->looks > 1) {
		utc_text(from, x->unwatched_from);
		buf_printf(t, "%s, of %" PRIu64 " looks", x->unwatched_text, x->looks);
		if (x->unwatched)
			buf_printf(t, ", from %s on", from);
		buf_str(t, " (the exporter's clock)");
	} else {
		buf_str(t, "not known: the source was looked at once");
	}
	buf_byte(t, '\0');
	html_row(b, "Longest time in which nobody looked at the source", t->p ? (char *)t->p : "",
	    false);
}

/* Whose evidence this is, of which time, and who says so. */
static void
names(struct buf *b, struct report *rep, const char *id)
{
	const struct verification *v = rep->v;
	const struct parameters *p = rep->controls->p;
	char zone[32];
	struct buf t;

	/* who it is about, as its policy says */
	html_names(b, NULL);
	html_row(b, "Entity", p->entity ? p->entity : "", false);
	html_row(b, "System",
	    p->system                            ? p->system :
		archive_origin(v->archive[0])[0] ? archive_origin(v->archive[0]) :
						   "not stated: the archive is unsealed",
	    false);
	buf_init(&t, 256);
	/* the time that the rows state, which is no proof of it */
	if (v->rows.time.any) {
		utc_print(&t, UTC_REST, v->rows.time.min, 0);
		buf_str(&t, " to ");
		utc_print(&t, UTC_REST, v->rows.time.max, 0);
		buf_str(&t, " (UTC, as stated by the source)");
	}
	buf_byte(&t, '\0');
	html_row(b, "Period covered", t.p ? (char *)t.p : "", false);
	backdating(b, &t, v);
	unwatched(b, &t, v);
	buf_release(&t);
	html_row(b, "Audit period",
	    rep->period ? rep->period : "none declared: all that the archives hold", false);
	/* days without a zone are UTC's, whatever the working hours go by */
	if (rep->period)
		html_row(b, "Zone of the audit period", "UTC, where it names none itself", false);
	html_row(b, "Zone of the working hours", zone_words(p, zone), false);
	/* a cluster that was chosen leaves others out */
	if (rep->cluster) {
		html_row(b, "Cluster", rep->cluster, false);
		html_number(b, "Remediations that name no cluster, left out", rep->without_cluster);
	}
	/* what it was made from, and by whom */
	html_number(b, "Archives", v->n_archives);
	html_row(b, "Report id", id, true);
	html_row(b, "Tool", rep->version, false);
	html_row(b, "Prepared by", p->prepared_by ? p->prepared_by : "", false);
	html_table_end(b);
}

void
report_cover(struct buf *b, struct report *rep, const char *id)
{
	const struct verification *v = rep->v;

	buf_str(b, "<h1>Evidence report: Kubernaut audit trail</h1>\n");
	html_section(b, SECTION_cover);
	buf_str(b, "<div class=\"v ");
	buf_str(b, v->exit == 0 ? "s-proven" : v->exit == 1 ? "s-disproved" : "s-not");
	buf_str(b, "\">\n");
	for (unsigned i = 0; i < v->n_headlines; i++) {
		buf_str(b, "<p>");
		html_text(b, v->headline[i]);
		buf_str(b, "</p>\n");
	}
	html_put(b, "<div>Verdict: %s (status %d)</div></div>\n", v->verdict, v->exit);
	tiles(b, v);
	tests(b, rep);
	missing(b, rep);
	not_checked(b, v);
	names(b, rep, id);
	buf_str(b,
	    "<p>This tool tests evidence; it gives no opinion on the effectiveness of "
	    "controls.</p>\n");
}

/* When its events were, and when it was made, as far as it says so: a seal states no time. */
static void
times(struct buf *b, const struct archive *a)
{
	static const char *const name[][2] = { { "first_event", "First event (stated)" },
		{ "last_event", "Last event (stated)" },
		{ "started_at", "Export began (the exporter's clock)" } };

	for (unsigned i = 0; i < sizeof name / sizeof *name; i++) {
		struct str s = archive_manifest_str(a, name[i][0]);

		html_put(b, "<tr><th scope=\"row\">%s</th><td>", name[i][1]);
		text_html(b, s.n ? s.p : "not stated", s.n ? s.n : 10);
		buf_str(b, "</td></tr>\n");
	}
}

void
report_files(struct buf *b, struct report *rep)
{
	static const char *const sig[] = { "none", "by a key that was not given: not established",
		"FALSE", "verified with the key given" };
	const struct verification *v = rep->v;
	char hex[65], t[256], before[128];

	html_section(b, SECTION_files);
	report_ruler(b, rep);
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];

		buf_str(b, "<table><caption>");
		html_text(b, archive_name(a));
		buf_str(b, "</caption><tbody>\n");
		html_number(b, "Bytes", archive_bytes(a));
		hex_of(archive_sha256(a), 32, hex);
		html_row(b, "SHA-256", hex, true);
		if (archive_readable(a)) {
			snprintf(t, sizeof t, "%" PRIu64 " to %" PRIu64, archive_first(a),
			    archive_next(a) - 1);
			html_row(b, "Positions in the log", t, false);
			times(b, a);
			html_row(
			    b, "Origin", archive_origin(a)[0] ? archive_origin(a) : "none", false);
			html_row(
			    b, "Seal", archive_seal(a) ? archive_claimed_key(a) : "none", true);
			html_row(b, "Signature", sig[archive_signature(a)], false);
			html_row(b, "Vouched for by", vouched_name[archive_vouched(a)], false);
			html_row(b, "Key fingerprint",
			    archive_signer(a) ? archive_signer(a)->fingerprint : "not established",
			    true);
			hex_of(archive_root(a), 32, hex);
			html_row(b, "Root of the log", hex, true);
			hex_of(archive_root_before(a), 32, hex);
			snprintf(before, sizeof before, "its root, at size %" PRIu64 ": %s",
			    archive_first(a), hex);
			html_row(b, "File before",
			    archive_first(a) ? before : "none: this is the first",
			    archive_first(a) > 0);
		} else {
			html_row(b, "State", "not readable as an archive", false);
		}
		buf_str(b, "</tbody></table>\n");
	}
	html_put(b, "<p>%u of %u shown.</p>\n", v->n_archives, v->n_archives);
}
