/* A verification as JSON (formats/output.md O-4): one document, whose findings are bounded. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "json/emit.h"
#include "report/document.h"
#include "verify/threats.h"

void
put_finding_json(struct buf *b, struct archive *const *files, const struct finding *f)
{
	static const char *const level[] = { "note", "gap", "alarm", "alarm" };
	const struct finding_info *d = &finding_info[f->id];
	struct emit e;
	char id[37];

	emit_init(&e, b);
	emit_object(&e, NULL);
	emit_str(&e, "id", d->id);
	emit_str(&e, "class", d->class);
	emit_str(&e, "level", level[d->level]);
	/* whom it is about, as far as it is about somebody */
	if (f->correlation)
		emit_str(&e, "correlation_id", f->correlation);
	if (f->n_correlations) {
		emit_array(&e, "correlation_ids");
		for (unsigned i = 0; i < f->n_correlations; i++)
			emit_str(&e, NULL, f->correlations[i]);
		emit_end(&e);
		if (f->more_correlations)
			emit_u64(&e, "correlations_more", f->more_correlations);
	}
	/* always there, also when it is empty: readers need no second case */
	emit_array(&e, "event_ids");
	for (unsigned i = 0; i < f->n_events; i++) {
		uuid_of(f->event[i], id);
		emit_str(&e, NULL, id);
	}
	emit_end(&e);
	emit_str(&e, "place", f->place);
	emit_str(&e, "file", archive_path(files[f->file]));
	emit_str(&e, "sentence", f->sentence);
	/* of a difference both sides */
	if (f->expected) {
		emit_str(&e, "expected", f->expected);
		emit_str(&e, "found", f->found);
	}
	/* each explanation with whether it fits */
	emit_array(&e, "explanations");
	for (unsigned i = 0; i < f->n_explanations; i++) {
		emit_object(&e, NULL);
		emit_str(&e, "sentence", f->explanation[i].sentence);
		emit_str(&e, "state", explained_name[f->explanation[i].state]);
		emit_end(&e);
	}
	emit_end(&e);
	emit_str(&e, "clause", d->clause);
	emit_end(&e);
}

/* A dimension, and of completeness its three statements (judgement.md J-2). */
static void
put_dimension(struct document *d, const struct verification *v, unsigned dimension)
{
	document_object(d, dimension_name[dimension]);
	document_str(d, "state", state_name[v->dim[dimension].state]);
	document_str(d, "why", v->dim[dimension].why);
	if (dimension == DIM_COMPLETENESS) {
		document_array(d, "parts");
		for (unsigned p = PART_SEALED_HERE; p <= PART_HAPPENED_SOURCE; p++) {
			document_object(d, NULL);
			document_str(d, "part", part_name[p]);
			document_str(d, "state", state_name[v->part[p].state]);
			document_str(d, "why", v->part[p].why);
			document_end(d);
		}
		document_end(d);
	}
	document_end(d);
}

static void
put_file(struct document *d, const struct archive *a)
{
	char hex[65];

	document_object(d, NULL);
	document_str(d, "path", archive_path(a));
	document_u64(d, "bytes", archive_bytes(a));
	hex_of(archive_sha256(a), 32, hex);
	document_str(d, "sha256", hex);
	document_str(d, "origin", archive_origin(a));
	document_u64(d, "first_position", archive_first(a));
	document_u64(d, "next_position", archive_next(a));
	document_bool(d, "sealed", archive_seal(a));
	hex_of(archive_root(a), 32, hex);
	document_str(d, "root", archive_readable(a) ? hex : NULL);
	document_str(d, "signed_by", archive_seal(a) ? archive_claimed_key(a) : NULL);
	document_str(
	    d, "key_fingerprint", archive_signer(a) ? archive_signer(a)->fingerprint : NULL);
	document_str(d, "vouched_by", vouched_name[archive_vouched(a)]);
	document_end(d);
}

static void
put_archive(struct document *d, const struct verification *v)
{
	document_object(d, "archive");
	document_str(d, "verdict", verdict_name[v->archive_verdict]);
	document_array(d, "files");
	for (unsigned i = 0; i < v->n_archives; i++)
		put_file(d, v->archive[i]);
	document_end(d);
	document_u64(d, "records", v->records);
	document_u64(d, "events", v->rows.events - v->rows.repeats);
	document_u64(d, "rejects", v->rejects);
	document_u64(d, "conflicts", v->conflicts);
	document_u64(d, "contexts", v->contexts);
	document_end(d);
}

static void
put_source_chain(struct document *d, const struct verification *v)
{
	const uint64_t *content = v->rows.content;

	document_object(d, "source_chain");
	document_str(d, "verdict", verdict_name[v->source_verdict]);
	document_u64(d, "events", v->rows.events - v->rows.repeats);
	document_u64(d, "hashed", v->rows.hashed);
	document_u64(d, "matching", content[CONTENT_MATCH]);
	document_u64(d, "matching_by_variant", content[CONTENT_VARIANT]);
	document_u64(d, "mismatching", content[CONTENT_MISMATCH]);
	document_u64(d, "no_key", content[CONTENT_NO_KEY]);
	document_u64(d, "unknown_algorithm", content[CONTENT_UNKNOWN_ALGORITHM]);
	document_u64(d, "no_hash", content[CONTENT_NO_HASH]);
	document_u64(d, "not_carried", content[CONTENT_NOT_CARRIED]);
	document_u64(d, "withheld", content[CONTENT_WITHHELD]);
	document_u64(d, "forks", v->rows.forks);
	document_u64(d, "forks_unexplained", v->rows.forks_unexplained);
	document_u64(d, "correlations", v->rows.correlations);
	document_u64(d, "remediations", v->remediations);
	document_end(d);
}

/* The findings that were kept, and what was not checked or not listed. */
static void
put_findings(struct document *d, const struct verification *v)
{
	char text[128];
	struct buf b;

	buf_init(&b, 1u << 24);
	document_array(d, "findings");
	for (unsigned i = 0; i < v->findings.n; i++) {
		put_finding_json(&b, v->archive, &v->findings.f[i]);
		document_raw(d, NULL, b.p, b.len);
		buf_clear(&b);
	}
	document_end(d);
	buf_release(&b);
	document_array(d, "not_checked");
	for (unsigned i = 0; i < v->n_not_checked; i++)
		document_str(d, NULL, v->not_checked[i]);
	for (int id = 0; id < FINDING_COUNT; id++)
		if (v->findings.counted[id] > FINDINGS_KEPT) {
			snprintf(text, sizeof text,
			    "%" PRIu64 " findings %s, of which the first %u are listed",
			    v->findings.counted[id], finding_info[id].id, FINDINGS_KEPT);
			document_str(d, NULL, text);
		}
	document_end(d);
}

static void
put_threats(struct document *d, const struct verification *v)
{
	struct threat t[THREATS_MAX];
	unsigned n = threats_of(v, t);

	document_array(d, "threats");
	for (unsigned i = 0; i < n; i++) {
		document_object(d, NULL);
		document_str(d, "threat", t[i].name);
		document_str(d, "state", threat_state_name[t[i].state]);
		document_str(d, "why", t[i].why);
		document_str(d, "if", t[i].if_);
		document_str(d, "closed_by", t[i].closed);
		document_end(d);
	}
	document_end(d);
}

/* What others dated, and what follows for the times of events (trust.md W-7, W-8). */
static void
put_time(struct document *d, const struct verification *v)
{
	const struct timely *t = &v->timely;
	char text[UTC_TEXT];

	document_object(d, "time");
	document_array(d, "dated");
	for (unsigned i = 0; v->dates && i < v->dates->n; i++) {
		const struct dated *x = &v->dates->d[i];

		document_object(d, NULL);
		document_str(d, "origin", x->origin);
		document_u64(d, "size", x->size);
		utc_text(text, x->before);
		document_str(d, "before", text);
		document_str(d, "by", x->who);
		document_str(d, "kind", x->stamp ? "stamp" : "witness");
		document_end(d);
	}
	document_end(d);
	document_u64(d, "bounded", t->bounded);
	document_u64(d, "not_bounded", t->unbounded);
	if (t->bounded)
		document_u64(d, "backdating_window_us", (uint64_t)t->window);
	else
		document_str(d, "backdating_window_us", NULL);
	document_u64(d, "late", t->late);
	document_u64(d, "behind_their_bound", t->behind);
	document_u64(d, "looks", t->looks);
	if (t->looks > 1)
		document_u64(d, "longest_without_a_look_us", (uint64_t)t->unwatched);
	else
		document_str(d, "longest_without_a_look_us", NULL);
	document_end(d);
}

int
print_verification_json(const struct verification *v, const struct evidence *ev, struct buf *b)
{
	struct document *d = document_new();
	int rc;

	if (d == NULL)
		return -1;
	document_str(d, "verdict", v->verdict);
	document_u64(d, "exit", (uint64_t)v->exit);
	/* the only member that may differ between machines: none in what is handed on (J-15) */
	if (!ev->handed_on) {
		document_object(d, "tool");
		document_str(d, "sandbox", sandbox_word[ev->confined]);
		document_end(d);
	}
	document_array(d, "headline");
	for (unsigned i = 0; i < v->n_headlines; i++)
		document_str(d, NULL, v->headline[i]);
	document_end(d);
	document_object(d, "dimensions");
	for (unsigned i = 0; i < DIMENSIONS; i++)
		put_dimension(d, v, i);
	document_end(d);
	put_archive(d, v);
	put_source_chain(d, v);
	put_time(d, v);
	put_findings(d, v);
	put_threats(d, v);
	rc = document_print(d, b);
	buf_byte(b, '\n');
	document_free(d);
	return rc;
}
