/* Continuing a log: the earlier files are verified, their ids known, their records read back
 * (format of seal.md S-2, S-9). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/sequence.h"
#include "chain/across.h"
#include "cmd/export/export.h"
#include "read/select.h"
#include "verify/verify.h"

/* Nothing that was found when the files were opened is an alarm, and each of them can be read. */
static int
look_over(const struct after *a, const struct findings *l, struct err *e)
{
	for (unsigned i = 0; i < l->n; i++)
		if (finding_info[l->f[i].id].level == LEVEL_ALARM)
			return err_set(e, EX_DATA_ERR, "%s: %.600s; look with: exhibit verify",
			    archive_path(a->archive[l->f[i].file]),
			    l->f[i].sentence ? l->f[i].sentence : "");
	for (unsigned i = 0; i < a->n; i++)
		if (archive_trust(a->archive[i]) != ARCHIVE_PROVED)
			return err_set(e, EX_DATA_ERR,
			    "%s: cannot be read; look with: exhibit verify",
			    archive_path(a->archive[i]));
	return 0;
}

/* All given files must be sealed by this key, whole, and parts of one log. */
static int
verify_files(struct after *a, const char *const *path, unsigned n, const struct vkey *key,
    bool again, struct err *e)
{
	struct verification v;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int rc = 0;

	/* all files are opened before any is judged: their order is not the command line's */
	memset(&v, 0, sizeof v);
	for (; a->n < n; a->n++) {
		struct attached *file = archive_attach(path[a->n], path[a->n], a->n, e);

		if (file == NULL ||
		    archive_open(file, key, 1, &v.findings, &a->archive[a->n], e) < 0) {
			a->n += file != NULL;
			findings_release(&v.findings);
			return -1;
		}
	}
	/* what is left out of a copy cannot be compared with anything */
	for (unsigned i = 0; i < a->n; i++)
		if (archive_disclosed(a->archive[i])) {
			findings_release(&v.findings);
			return err_set(e, EX_DATA_ERR,
			    "%s: it is a disclosure copy, in which records are left out: give the "
			    "file that it was made of",
			    archive_path(a->archive[i]));
		}
	/* sorted by position, then held against each other */
	sequence_sort(a->archive, a->n, &v.findings);
	if (sequence_check(a->archive, a->n, &v.findings, e) ||
	    vouch_judge(a->archive, a->n, key, 1, NULL, 0, &v.findings, e)) {
		findings_release(&v.findings);
		return -1;
	}
	/* verified as a whole: a file that cannot be trusted is not continued */
	v.archive = a->archive;
	v.n_archives = a->n;
	v.any_vkey = true;
	v.threads = cpus > 0 ? (unsigned)cpus : 1;
	/* a run that goes on has verified them when it began */
	if (again)
		rc = look_over(a, &v.findings, e);
	else if (verify_run(&v, e))
		rc = -1;
	else if (v.archive_verdict != VERDICT_VERIFIED)
		rc = err_set(e, EX_DATA_ERR,
		    "%s: the earlier files do not verify with this key (%s): %s; look with: "
		    "exhibit verify",
		    archive_path(a->archive[0]), verdict_name[v.archive_verdict],
		    v.n_headlines ? v.headline[0] : "");
	verify_release(&v);
	return rc;
}

static int
open_files(struct after *a, const char *const *path, unsigned n, const struct vkey *key, bool again,
    struct err *e)
{
	struct archive *last;
	struct history *h = &a->history;

	if ((a->archive = calloc(n, sizeof *a->archive)) == NULL)
		return err_nomem(e);
	if (verify_files(a, path, n, key, again, e))
		return -1;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(archive_origin(a->archive[i]), key->name))
			return err_set(e, EX_DATA_ERR, "%s: is of the log %s, not of %s",
			    archive_path(a->archive[i]), archive_origin(a->archive[i]), key->name);
	last = a->archive[a->n - 1];
	h->first = archive_next(last);
	h->note = archive_seal_note(last);
	memcpy(h->root, archive_root(last), 32);
	memcpy(h->chain, archive_row(last, archive_blocks(last) - 1)->chain, 32);
	h->proofs = archive_proofs(last).p;
	h->proofs_len = archive_proofs(last).n;
	h->n_compact = archive_compact(last, h->compact);
	return 0;
}

int
after_open(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e)
{
	return open_files(a, path, n, key, false, e);
}

int
after_reopen(
    struct after *a, const char *const *path, unsigned n, const struct vkey *key, struct err *e)
{
	after_release(a);
	memset(a, 0, sizeof *a);
	return open_files(a, path, n, key, true, e);
}

static int
earlier(
    void *arg, uint64_t position, struct record *ret, const struct table **ret_table, struct err *e)
{
	struct after *a = arg;
	const struct record *r;

	for (unsigned i = 0; i < a->n; i++)
		if (position >= archive_first(a->archive[i]) &&
		    position < archive_next(a->archive[i])) {
			int rc = reading_record(a->reading, i, position, &r, e);

			if (rc)
				return rc < 0 ?
				    rc :
				    err_set(e, EX_IO_ERR, "%s: position %" PRIu64 " cannot be read",
					archive_path(a->archive[i]), position);
			*ret = *r;
			*ret_table = archive_table_of(a->archive[i], r->source);
			return 0;
		}
	return err_set(
	    e, EX_SOFTWARE_ERR, "position %" PRIu64 " is in none of the files given", position);
}

struct telling {
	struct session *s;
	struct err *e;
};

static int
told(void *arg, const uint8_t id[16])
{
	struct telling *t = arg;

	return writer_met(t->s->w, id, t->e);
}

/* Rows that an earlier file says had gone by then are not said to be gone once more. */
static int
told_before(struct session *s, const struct record *r, struct err *e)
{
	struct telling t = { s, e };

	return vanished_ids(r, told, &t) < 0 ? e->status ? -1 : err_nomem(e) : 0;
}

int
after_attach(struct after *a, struct session *s, struct err *e)
{
	if ((a->reading = calloc(1, sizeof *a->reading)) == NULL)
		return err_nomem(e);
	if (reading_init(a->reading, a->archive, a->n, &a->findings, e))
		return -1;
	s->first = a->history.first;
	s->earlier = earlier;
	s->earlier_arg = a;
	return 0;
}

int
after_load(struct after *a, struct session *s, struct err *e)
{
	uint64_t next = 0;

	/* what earlier files say, without their records */
	if (after_attach(a, s, e))
		return -1;
	if (a->holes.n)
		s->indexed = after_index_at;
	/* each file, and the holes before it, in the order of positions */
	for (unsigned i = 0; i < a->n; i++) {
		struct archive *ar = a->archive[i];

		/* in the order of positions: what comes later counts */
		for (unsigned k = a->holes.n; k-- > 0;)
			if (a->holes.hole[k].first >= next &&
			    a->holes.hole[k].next <= archive_first(ar)) {
				if (after_load_hole(a, &a->holes.hole[k], s, e))
					return -1;
				next = a->holes.hole[k].next;
			}
		/* every record: ids that were used, and what was told of inputs */
		for (uint64_t p = archive_first(ar); p < archive_next(ar); p++) {
			const struct record *r;

			if (reading_record(a->reading, i, p, &r, e))
				return err_set(e, EX_IO_ERR,
				    "%s: position %" PRIu64 " cannot be read", archive_path(ar), p);
			if ((record_event_like(r) && writer_earlier(s->w, r->id, p, e)) ||
			    (r->kind == KIND_CONTEXT && told_before(s, r, e)))
				return -1;
			/* the newest time, for what comes late */
			if (r->kind == KIND_EVENT && !(r->flags & FLAG_TIME_INVALID))
				utc_range_add(&s->before, r->time);
			newest_add(&s->newest, r);
		}
		/* a gap before this file: rows that come again may have been in it */
		if (!archive_is_copy(ar) && archive_first(ar) != next)
			s->flags = FLAG_MAYBE_REPEAT;
		next = archive_is_copy(ar) ? next : archive_next(ar);
	}
	return 0;
}

void
after_release(struct after *a)
{
	if (a->reading)
		reading_release(a->reading);
	free(a->reading);
	for (unsigned i = 0; i < a->n; i++)
		archive_close(a->archive[i]);
	free(a->archive);
	for (unsigned i = 0; i < a->n_indexes; i++)
		id_index_close(&a->index[i]);
	free(a->index);
	findings_release(&a->findings);
}
