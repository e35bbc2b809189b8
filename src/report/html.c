#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rebuild/rebuild.h"
#include "report/report.h"

static const char style[] =
    "body{font:14px/1.5 'DejaVu "
    "Sans',Verdana,Arial,sans-serif;color:#1a1a1a;background:#fff;max-width:66em;margin:2em "
    "auto;padding:0 1.5em}"
    "h1{font-size:1.7em;margin:.2em 0}h2{font-size:1.25em;border-bottom:2px solid "
    "#444;margin-top:2.2em;padding-bottom:.15em}h3{font-size:1.05em;margin-top:1.6em}"
    "table{border-collapse:collapse;width:100%;margin:.8em "
    "0}caption{text-align:left;font-weight:bold;padding:.3em 0}"
    "th,td{border:1px solid #999;padding:.3em "
    ".5em;text-align:left;vertical-align:top;overflow-wrap:break-word}thead th{background:#eee}"
    "td.n,th.n{text-align:right;white-space:nowrap}td.t{white-space:nowrap}code,.m{font-family:'"
    "DejaVu Sans Mono',Menlo,monospace;font-size:.9em;overflow-wrap:anywhere}"
    ".v{border:2px solid #444;padding:.8em 1em;margin:1em 0}.v p{margin:.3em "
    "0;font-weight:bold}.s-proven{background:#e3f2e3}.s-disproved{background:#f8dada}"
    ".s-not{background:#fbf3d5}.foot{color:#555;font-size:.85em;margin-top:3em;border-top:1px "
    "solid #999;padding-top:.5em}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid "
    "#bbb;padding:.6em;background:#fafafa;font-size:.85em}"
    "@media "
    "print{body{margin:0;max-width:none;font-size:11px}h2{break-before:page}h2.k{break-before:auto}"
    "tr,.v{break-inside:avoid}thead{display:table-header-group}a{color:inherit;text-decoration:"
    "none}}";

static void
text(struct buf *b, const char *s)
{
	text_html(b, s, strlen(s));
}

static void put(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Markup of our own; every %s of it is escaped by the caller or is a number. */
static void
put(struct buf *b, const char *fmt, ...)
{
	char t[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t, sizeof t, fmt, ap);
	va_end(ap);
	buf_str(b, t);
}

static void
row(struct buf *b, const char *name, const char *value, bool mono)
{
	buf_str(b, "<tr><th scope=\"row\">");
	text(b, name);
	put(b, "</th><td%s>", mono ? " class=\"m\"" : "");
	text(b, value);
	buf_str(b, "</td></tr>\n");
}

static void
row_number(struct buf *b, const char *name, uint64_t n)
{
	char t[32];

	snprintf(t, sizeof t, "%llu", (unsigned long long)n);
	row(b, name, t, false);
}

/* From the inputs alone: the same archives and tool give the same id. */
static void
report_id(struct report *rep, char out[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	memset(d, 0, sizeof d);
	if (s) {
		sha256_begin(s);
		sha256_add(s, rep->version, strlen(rep->version));
		for (unsigned i = 0; i < rep->v->n_archives; i++)
			sha256_add(s, rep->v->archive[i].file_sha256, 32);
		for (unsigned i = 0; i < rep->n_chosen; i++)
			sha256_add(s, rep->chosen[i]->text, rep->chosen[i]->n + 1);
		sha256_add(s, rep->controls->p->digest, strlen(rep->controls->p->digest) + 1);
		sha256_add(
		    s, rep->period ? rep->period : "", rep->period ? strlen(rep->period) + 1 : 1);
		if (rep->cluster)
			sha256_add(s, rep->cluster, strlen(rep->cluster) + 1);
		sha256_end(s, d);
	}
	sha256_free(s);
	hex_of(d, 32, out);
}

static void
cover(struct buf *b, struct report *rep, const char *id)
{
	const struct verification *v = rep->v;
	struct buf t;

	buf_str(b,
	    "<h1>Evidence report: Kubernaut audit trail</h1>\n<h2 class=\"k\">1. Cover</h2>\n<div "
	    "class=\"v ");
	buf_str(b, v->exit == 0 ? "s-proven" : v->exit == 1 ? "s-disproved" : "s-not");
	buf_str(b, "\">\n");
	for (unsigned i = 0; i < v->n_headlines; i++) {
		buf_str(b, "<p>");
		text(b, v->headline[i]);
		buf_str(b, "</p>\n");
	}
	put(b, "<div>Verdict: %s (status %d)</div></div>\n", v->verdict, v->exit);
	if (rep->limits->n) {
		buf_str(b,
		    "<div class=\"v s-not\"><p>As far as the rows here tell: what is known to be "
		    "missing</p><ul>\n");
		for (unsigned i = 0; i < rep->limits->n; i++) {
			buf_str(b, "<li>");
			text(b, rep->limits->l[i].sentence);
			buf_str(b, "</li>\n");
		}
		buf_str(b,
		    "</ul><div>Counts below are lower bounds; what rests on an absence is not "
		    "testable.</div></div>\n");
	}
	buf_str(b, "<table><tbody>\n");
	row(b, "Entity", "", false);
	row(b, "System",
	    v->archive[0].origin[0] ? v->archive[0].origin : "not stated: the archive is unsealed",
	    false);
	buf_init(&t, 256);
	if (v->rows.time.any) {
		utc_print(&t, UTC_REST, v->rows.time.min, 0);
		buf_str(&t, " to ");
		utc_print(&t, UTC_REST, v->rows.time.max, 0);
		buf_str(&t, " (UTC, as stated by the source)");
	}
	buf_byte(&t, '\0');
	row(b, "Period covered", t.p ? (char *)t.p : "", false);
	row(b, "Audit period", rep->period ? rep->period : "", false);
	if (rep->cluster) {
		row(b, "Cluster", rep->cluster, false);
		row_number(b, "Remediations that name no cluster, left out", rep->without_cluster);
	}
	row_number(b, "Archives", v->n_archives);
	row(b, "Report id", id, true);
	row(b, "Tool", rep->version, false);
	row(b, "Prepared by", "", false);
	buf_str(b,
	    "</tbody></table>\n<p>This tool tests evidence; it gives no opinion on the "
	    "effectiveness of controls.</p>\n");
	buf_release(&t);
}

static void
files(struct buf *b, struct report *rep)
{
	static const char *const sig[] = { "none", "by a key that was not given: not established",
		"FALSE", "verified with the key given" };
	const struct verification *v = rep->v;
	char hex[65], t[256], before[128];

	buf_str(b, "<h2>3. Files</h2>\n");
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = &v->archive[i];

		buf_str(b, "<table><caption>");
		text(b, archive_name(a));
		buf_str(b, "</caption><tbody>\n");
		row_number(b, "Bytes", a->bytes);
		hex_of(a->file_sha256, 32, hex);
		row(b, "SHA-256", hex, true);
		if (a->readable) {
			snprintf(t, sizeof t, "%llu to %llu", (unsigned long long)a->first,
			    (unsigned long long)a->next - 1);
			row(b, "Positions in the log", t, false);
			row(b, "Origin", a->origin[0] ? a->origin : "none", false);
			row(b, "Seal", a->sealed ? a->claimed_key : "none", true);
			row(b, "Signature", sig[a->seal_sig], false);
			row(b, "Key fingerprint",
			    a->signer ? a->signer->fingerprint : "not established", true);
			hex_of(a->root, 32, hex);
			row(b, "Root of the log", hex, true);
			hex_of(a->prev_root, 32, hex);
			snprintf(before, sizeof before, "its root, at size %llu: %s",
			    (unsigned long long)a->first, hex);
			row(b, "File before", a->first ? before : "none: this is the first",
			    a->first > 0);
		} else {
			row(b, "State", "not readable as an archive", false);
		}
		buf_str(b, "</tbody></table>\n");
	}
	put(b, "<p>%u of %u shown.</p>\n", v->n_archives, v->n_archives);
}

static unsigned
count_class(const struct verification *v, enum finding_id from, enum finding_id to)
{
	unsigned n = 0;

	for (enum finding_id i = from; i <= to; i++)
		n += v->findings.counted[i] != 0;
	return n;
}

/* Threat by threat: what is excluded, found, or not excluded, and what would close it. */
static void
integrity(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;
	bool sealed = v->dim[DIM_AUTHENTICITY].state == STATE_PROVEN;
	bool archive_bad = strcmp(v->archive_verdict, "altered") == 0,
	     container = count_class(v, F_A01, F_A06) != 0;
	bool before =
	    v->findings.counted[F_L01] || v->findings.counted[F_L04] || v->findings.counted[F_L06];
	bool tail =
	    v->findings.counted[F_A16] || v->findings.counted[F_A19] || v->findings.counted[F_A07];
	bool keyed = v->rows.events && v->rows.keyed_fit == v->rows.events - v->rows.repeats &&
	    !v->unread_events,
	     met = v->n_expects > 0, covered;
	uint64_t next = 0;

	for (unsigned i = 0; i < v->n_archives; i++)
		next =
		    v->archive[i].readable && v->archive[i].next > next ? v->archive[i].next : next;
	for (unsigned i = 0; i < v->n_expects; i++)
		met &= v->expect[i].met && !v->expect[i].refuted;
	covered = met && v->n_expects == 1 && v->expect[0].c.size >= next;
	struct {
		const char *threat;
		int state;
		const char *why, *close;
	} row[] = {
		{ "A byte of the file changed after sealing",
		    container || archive_bad ? 1 :
			sealed               ? 0 :
					       2,
		    "every byte is under the file's signed digest", "the log's public key" },
		{ "A record changed, removed, inserted or reordered after sealing",
		    archive_bad && !container ? 1 :
			sealed                ? 0 :
						2,
		    "every record is a leaf of the signed tree", "the log's public key" },
		{ "Records cut at the beginning or end",
		    tail                  ? 1 :
			sealed && !before ? 0 :
					    2,
		    "first position and size are in the signed checkpoint and manifest",
		    "the log's public key" },
		{ "The whole file rewritten and signed with another key",
		    v->findings.counted[F_K02] ? 1 :
			sealed                 ? 0 :
						 2,
		    "only the key that was given counts", "the log's public key" },
		{ "An older state of the log presented",
		    v->findings.counted[F_K04] || v->findings.counted[F_L06] ? 1 :
			met                                                  ? 0 :
									       2,
		    "the log contains the expected checkpoint",
		    "a later checkpoint (--expect), or another copy" },
		{ "The holder of the signing key rewrote everything",
		    v->findings.counted[F_K04] ? 1 :
			covered                ? 0 :
						 2,
		    "all positions here lie below the expected checkpoint",
		    "a checkpoint written down later (--expect), or a witness" },
		{ "A source record edited before export",
		    v->rows.content[CONTENT_MISMATCH] ? 1 :
			keyed                         ? 0 :
							2,
		    "by a writer of the database without the source's key: every event gives the "
		    "keyed hash that its source stored; who has that "
		    "key (cluster administrators, and whoever got it to verify) is not excluded",
		    "keyed hashes for all rows; unkeyed ones can be recomputed by whoever writes "
		    "to the database" },
		{ "Rows deleted inside a remediation before export, where a keyed row behind them "
		  "is kept",
		    keyed && v->rows.links[LINK_MISSING] == 0 ? 0 : 2,
		    "by a writer of the database without the source's key: every predecessor that "
		    "a row names is here",
		    "keyed hashes for all rows, or an earlier archive of the same log; "
		    "predecessors that are not here are among the gaps below" },
		{ "Unkeyed rows deleted or rewritten before export, their hashes made again",
		    v->rows.unkeyed_fit || !keyed ? 2 : 0, "no unkeyed hash was accepted",
		    "keyed hashes for all rows, or an earlier archive of the same log" },
		{ "The last rows, or a whole remediation, deleted before export", 2, "",
		    "an earlier archive of the same log" },
		{ "Times backdated by the source", 2, "",
		    "an independent time stamp; there is none in this format version" },
	};
	static const char *const state[] = { "excluded", "FOUND", "not excluded" },
				 *const class[] = { "s-proven", "s-disproved", "s-not" };
	unsigned shown = 0;

	buf_str(b,
	    "<h2>4. Integrity, threat by threat</h2>\n<table><thead><tr><th "
	    "scope=\"col\">Dimension</th><th scope=\"col\">State</th><th "
	    "scope=\"col\">Why</th></tr></thead><tbody>\n");
	for (int d = 0; d < DIMENSIONS; d++) {
		put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", dimension_name[d],
		    v->dim[d].state == STATE_PROVEN        ? "s-proven" :
			v->dim[d].state == STATE_DISPROVED ? "s-disproved" :
							     "s-not",
		    state_name[v->dim[d].state]);
		text(b, v->dim[d].why);
		buf_str(b, "</td></tr>\n");
	}
	buf_str(b,
	    "</tbody></table>\n<table><thead><tr><th scope=\"col\">Threat</th><th "
	    "scope=\"col\">State</th><th scope=\"col\">Why, or what would close "
	    "it</th></tr></thead><tbody>\n");
	for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
		put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", row[i].threat,
		    class[row[i].state], state[row[i].state]);
		put(b,
		    row[i].state == 0     ? "%s" :
			row[i].state == 2 ? "would be closed by: %s" :
					    "see the findings below",
		    row[i].state == 0 ? row[i].why : row[i].close);
		buf_str(b, "</td></tr>\n");
	}
	buf_str(b,
	    "</tbody></table>\n<table><caption>Findings</caption><thead><tr><th "
	    "scope=\"col\">Id</th><th scope=\"col\">Level</th><th "
	    "scope=\"col\">Observation</th><th scope=\"col\">Where</th></tr></thead><tbody>\n");
	for (unsigned i = 0; i < v->findings.n && shown < 500; i++, shown++) {
		const struct finding *f = &v->findings.f[i];
		static const char *const level[] = { "note", "gap", "unreadable", "alarm" };

		put(b, "<tr><td class=\"t\">%s</td><td>%s</td><td>", finding_info[f->id].id,
		    level[finding_info[f->id].level]);
		text(b, f->sentence);
		if (f->expected) {
			buf_str(b, "<br>stored <code>");
			text(b, f->expected);
			buf_str(b, "</code><br>computed <code>");
			text(b, f->found);
			buf_str(b, "</code>");
		}
		buf_str(b, "</td><td>");
		if (f->correlation) {
			text(b, f->correlation);
			buf_str(b, "<br>");
		}
		text(b, f->place);
		if (v->n_archives > 1) {
			buf_str(b, " of ");
			text(b, archive_name(&v->archive[f->file]));
		}
		if (finding_info[f->id].clause[0])
			put(b, " [%s]", finding_info[f->id].clause);
		buf_str(b, "</td></tr>\n");
	}
	put(b, "</tbody></table>\n<p>%u of %u findings shown%s.</p>\n", shown, v->findings.n,
	    shown < v->findings.n ? "; all of them: exhibit verify -o json" : "");
}

/* Day by type, out of the manifests; verify compared them with the records. */
static void
completeness(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;

	buf_str(b, "<h2>5. Completeness</h2>\n<table><tbody>\n");
	row_number(b, "Records in the archive", v->records);
	row_number(b, "Events", v->rows.events - v->rows.repeats);
	row_number(b, "Rejects (inputs kept verbatim)", v->rejects);
	row_number(b, "Conflicts (known id, other content)", v->conflicts);
	row_number(b, "Context records", v->contexts);
	row_number(b, "Events without hash", v->rows.content[CONTENT_NO_HASH]);
	row_number(b, "Predecessors that are named and not here", v->rows.links[LINK_MISSING]);
	row_number(b, "Correlations", v->rows.correlations);
	row_number(b, "Remediations", v->remediations);
	row(b, "The source's dead letters", v->letters ? "in evidence" : "not in evidence", false);
	buf_str(b, "</tbody></table>\n");
	for (unsigned i = 0; i < v->n_archives; i++) {
		struct archive *a = &v->archive[i];
		struct json_doc *m = &a->manifest;
		unsigned n = 0;

		if (!a->manifest_ok)
			continue;
		buf_str(b,
		    "<table><caption>Inputs</caption><thead><tr><th scope=\"col\">Input</th><th "
		    "scope=\"col\">Kind</th><th scope=\"col\" class=\"n\">Rows</th><th "
		    "scope=\"col\" class=\"n\">Events</th>"
		    "<th scope=\"col\">SHA-256 of its files</th><th "
		    "scope=\"col\">Lacks</th></tr></thead><tbody>\n");
		for (uint32_t k = archive_inputs(a); k != JSON_NONE; k = m->node[k].next) {
			uint32_t p = json_member(m, k, "path"), kind = json_member(m, k, "kind");
			uint64_t rows = 0, events = 0;

			json_u64(m, k, "rows", &rows);
			json_u64(m, k, "events", &events);
			n++;
			buf_str(b, "<tr><td>");
			if (p != JSON_NONE)
				text_html(b, json_str(m, p), m->node[p].str_len);
			buf_str(b, "</td><td>");
			if (kind != JSON_NONE)
				text_html(b, json_str(m, kind), m->node[kind].str_len);
			put(b,
			    "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td "
			    "class=\"m\">",
			    (unsigned long long)rows, (unsigned long long)events);
			for (uint32_t q = json_first_of(m, k, "files"); q != JSON_NONE;
			     q = m->node[q].next) {
				uint32_t s = json_member(m, q, "sha256");

				if (s != JSON_NONE)
					text_html(b, json_str(m, s), m->node[s].str_len);
				buf_str(b, "<br>");
			}
			buf_str(b, "</td><td>");
			for (uint32_t q = json_first_of(m, k, "lacks"); q != JSON_NONE;
			     q = m->node[q].next) {
				text_html(b, json_str(m, q), m->node[q].str_len);
				buf_str(b, "<br>");
			}
			buf_str(b, "</td></tr>\n");
		}
		put(b, "</tbody></table>\n<p>%u of %u shown.</p>\n", n, n);
		n = 0;
		buf_str(b,
		    "<table><caption>Events by day and type: counted by the exporter, counted "
		    "again here, equal unless a finding says otherwise</caption>"
		    "<thead><tr><th scope=\"col\">Day (UTC)</th><th scope=\"col\">Type</th><th "
		    "scope=\"col\" class=\"n\">Events</th></tr></thead><tbody>\n");
		for (uint32_t d = json_first_of(m, 0, "days"); d != JSON_NONE; d = m->node[d].next)
			for (uint32_t t = m->node[d].first; t != JSON_NONE;
			     t = m->node[t].next, n++) {
				buf_str(b, "<tr><td class=\"t\">");
				text_html(b, json_name(m, d), m->node[d].name_len);
				buf_str(b, "</td><td>");
				text_html(b, json_name(m, t), m->node[t].name_len);
				buf_str(b, "</td><td class=\"n\">");
				text_html(b, json_src(m, t), m->node[t].src_len);
				buf_str(b, "</td></tr>\n");
			}
		put(b, "</tbody></table>\n<p>%u of %u shown.</p>\n", n, n);
	}
}

static int
remediation(struct buf *b, struct report *rep, const struct correlation *c, struct err *e)
{
	struct story s = { 0 };
	struct rebuilt_rr rr;
	struct buf t;
	char approval[64], id[37];
	unsigned shown = 0;

	if (story_load(&s, rep->r, c, e)) {
		story_release(&s);
		return -1;
	}
	buf_init(&t, 1u << 24);
	story_approval(&s, approval);
	buf_str(b, "<h3>");
	text_html(b, c->text, c->n);
	buf_str(b, "</h3>\n<p>Ended: ");
	text(b, s.phases.phase == PHASE_NONE ? "not told" : phase_name[s.phases.phase]);
	buf_str(b, "; outcome: ");
	text(b, s.phases.outcome[0] ? s.phases.outcome : "not told");
	buf_str(b, "; approval: ");
	text(b, approval[0] ? approval : "none asked for");
	put(b,
	    "; %u events.</p>\n<table><thead><tr><th scope=\"col\">Stated time</th><th "
	    "scope=\"col\">Order</th><th scope=\"col\">Phase</th><th scope=\"col\">What "
	    "happened</th>"
	    "<th scope=\"col\">Actor</th><th scope=\"col\">Event, "
	    "position</th></tr></thead><tbody>\n",
	    s.n);
	for (unsigned i = 0; i < s.n; i++) {
		struct moment *m = &s.m[i];

		if (!event_in_story(m->type))
			continue;
		shown++;
		buf_clear(&t);
		event_sentence(&t, m, moment_payload(m));
		buf_str(b, "<tr><td class=\"t\">");
		utc_print(b, UTC_REST, m->time, 0);
		put(b, "</td><td>%s%s</td><td>%s</td><td>", order_name[m->order],
		    m->behind_end           ? ", behind the end" :
			m->contradicts_time ? ", stored behind a later one" :
					      "",
		    event_phase(m->type));
		text_html(b, t.p, t.len);
		buf_str(b, "</td><td>");
		text(b, m->actor_id ? m->actor_id : "");
		uuid_of(m->id, id);
		put(b, "</td><td class=\"m\">%s @%llu</td></tr>\n", id,
		    (unsigned long long)m->position);
	}
	put(b,
	    "</tbody></table>\n<p>%u of %u events shown; the others are routine steps: exhibit "
	    "timeline.</p>\n",
	    shown, s.n);
	rebuilt_init(&rr);
	buf_clear(&t);
	if (rebuild_rr(&rr, &s, c, &(struct rebuild_wish){ .partial = true }, e) == 0 &&
	    yaml_of_json(&t, rr.object.p, rr.object.len) == 0) {
		buf_str(b, "<p>RemediationRequest rebuilt from these events");
		put(b,
		    rr.n_errors ? "; the rules of its CRD refuse %u fields.</p>\n<pre>" :
				  "; it passes the rules of its CRD.</p>\n<pre>",
		    rr.n_errors);
		/* line feeds are ours: YAML escapes those of values */
		for (size_t at = 0; at < t.len;) {
			const unsigned char *nl = memchr(t.p + at, '\n', t.len - at);
			size_t n = nl ? (size_t)(nl - t.p) - at : t.len - at;

			text_html(b, t.p + at, n);
			buf_byte(b, '\n');
			at += n + 1;
		}
		buf_str(b, "</pre>\n");
	}
	rebuilt_release(&rr);
	buf_release(&t);
	story_release(&s);
	return e->status ? -1 : 0;
}

static void
limitations(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;

	buf_str(b, "<h2>16. Limitations</h2>\n<ul>\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		buf_str(b, "<li>Not checked: ");
		text(b, v->not_checked[i]);
		buf_str(b, "</li>\n");
	}
	buf_str(b,
	    "<li>Whoever could write to the source's database before export could change unkeyed "
	    "rows and recompute their hashes; keyed rows only with the key.</li>\n"
	    "<li>Whoever holds the archive's signing key could seal other records; only a "
	    "checkpoint kept elsewhere shows that.</li>\n"
	    "<li>Times are those that the source's services stated, most in whole seconds; events "
	    "of one time stand in the order of the source's flow, which proves nothing. Links "
	    "prove the order of storing only.</li>\n"
	    "<li>The source does not audit everything: changed workflow parameters at approval and "
	    "the approval's real deadline are not in its events.</li>\n"
	    "<li>Absence of an event is not proof of absence of an act.</li>\n</ul>\n");
}

static void
reperformance(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;
	const char *name = archive_name(&v->archive[0]);

	buf_str(b,
	    "<h2>18. Re-performance</h2>\n<p>The same archive and the same program give the same "
	    "bytes of this report on any machine.</p>\n<pre>sha256sum ");
	text(b, name);
	buf_str(b, "\nexhibit verify ");
	text(b, name);
	buf_str(b, " --vkey KEY.vkey\nexhibit report ");
	text(b, name);
	buf_str(b,
	    " --vkey KEY.vkey --out report.html\n\n# without this program (formats/seal.md "
	    "S-12):\nN=$(tail -c 4096 ");
	text(b, name);
	buf_str(b, " | sed -n 2p)\nhead -c \"$N\" ");
	text(b, name);
	buf_str(b,
	    " | sha256sum        # equals the third line of the last 4096 bytes\nsqlite3 'file:");
	text(b, name);
	buf_str(b,
	    "?immutable=1' \"SELECT writefile('block1', data) FROM data WHERE no = 1\"\n"
	    "sha256sum block1                             # equals data_sha256 of block 1\n</pre>\n"
	    "<table><caption>Words</caption><tbody>\n");
	row(b, "leaf", "the hash of one record's header; all leaves form the signed tree", false);
	row(b, "checkpoint", "origin, size and root of the log, as signed", false);
	row(b, "correlation", "all events of one remediation, or of one other matter", false);
	row(b, "position", "number of a record in the log, from 0", false);
	buf_str(b, "</tbody></table>\n");
}

int
report_html(struct buf *b, struct report *rep, struct err *e)
{
	const struct verification *v = rep->v;
	char id[65], hex[65];

	report_id(rep, id);
	hex_of(v->archive[0].file_sha256, 32, hex);
	buf_str(b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'\">\n<title>Evidence report ");
	put(b, "%.16s</title>\n<style>", id);
	buf_str(b, style);
	put(b,
	    "@page{size:A4;margin:16mm 14mm 20mm;@bottom-left{content:\"archive %s\";font:7px "
	    "monospace}@bottom-right{content:\"",
	    hex);
	buf_str(b, rep->version);
	put(b,
	    ", report %.16s, page \" counter(page) \" of \" counter(pages);font:8px "
	    "sans-serif}}</style></head><body>\n",
	    id);
	cover(b, rep, id);
	files(b, rep);
	integrity(b, rep);
	completeness(b, rep);
	if (report_populations(b, rep))
		return err_nomem(e);
	report_reconciliation(b, rep);
	report_changes(b, rep);
	report_tests(b, rep);
	report_exceptions(b, rep);
	buf_str(b, "<h2>15. Remediations</h2>\n");
	for (unsigned i = 0; i < rep->n_chosen; i++)
		if (remediation(b, rep, rep->chosen[i], e))
			return -1;
	put(b, "<p>%u of %u remediations shown%s.</p>\n", rep->n_chosen, rep->n_remediations,
	    rep->n_chosen < rep->n_remediations ? "; choose others with --id" : "");
	limitations(b, rep);
	reperformance(b, rep);
	buf_str(b, "<p class=\"foot\">Archive SHA-256 <code>");
	buf_str(b, hex);
	buf_str(b, "</code><br>");
	text(b, rep->version);
	put(b, ", report <code>%s</code>.</p>\n</body></html>\n", id);
	return b->failed ? err_set(e, EX_DATA_ERR,
			       "the report would be longer than 1 GiB; choose remediations with "
			       "--id") :
			   0;
}
