/*
 * What a disclosure copy leaves out (archive.md C-20), as a limit of everything that counts or
 * tells: all headers are here, so it is bounded by them.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "archive/limits_inner.h"
#include "archive/reader_inner.h"
#include "base/err.h"
#include "base/text.h"

/* By kind, as headers say it: how many records there are, and how many of them are left out. */
struct left_out {
	uint64_t records, left, events, events_left, guessable, hidden;
};

static int
note_left_out(struct limits *x, struct left_out *l, const struct record *r)
{
	bool left = r->kind == KIND_LEFT_OUT;
	uint8_t kind = left ? r->was : r->kind;

	l->records++;
	l->left += left;
	l->events += kind == KIND_EVENT;
	l->events_left += left && kind == KIND_EVENT;
	l->guessable += left && r->version != 2;
	/* it may be of any correlation */
	if (left && r->hidden && (kind == KIND_EVENT || kind == KIND_CONFLICT))
		l->hidden++;
	/* whatever it was, it may have been of a correlation that is told here */
	return left && !r->hidden && !(r->flags & FLAG_NO_CORRELATION) ?
	    correlation_set_add(&x->met, r->correlation) :
	    0;
}

static int
say_left_out(struct limits *x, const struct archive *a, const struct left_out *l)
{
	char shown[32], events[32], records[32];
	struct scope b;

	/* headers that hide their correlation bound nothing */
	x->anywhere |= l->hidden > 0;
	x->unbounded |= l->hidden > 0;
	limits_scope(&b);
	emit_u64(&b.e, "events", l->events);
	emit_u64(&b.e, "events_left_out", l->events_left);
	emit_u64(&b.e, "records", l->records);
	emit_u64(&b.e, "records_left_out", l->left);
	emit_hash(&b.e, "copy_of", a->original_sha256);
	emit_bool(&b.e, "guessable", l->guessable > 0);
	emit_u64(&b.e, "hidden", l->hidden);
	emit_u64(&b.e, "correlations", x->met.n);
	return limits_add(x, "left-out", &b,
	    "DISCLOSURE COPY: %s of %s events of %s can be read; all %s records %s; %s",
	    text_grouped(l->events - l->events_left, shown), text_grouped(l->events, events),
	    archive_name(a), text_grouped(l->records, records),
	    a->root_signed && a->seal_sig == SIG_VERIFIED ? "are those of the signed log" :
							    "agree with its seal, which no key "
							    "that you gave has signed",
	    l->guessable  ? DISCLOSED_GUESSABLE :
		l->hidden ? "headers hide which remediations the rest of them are of" :
			    "headers hide what is left out");
}

int
limits_left_out(struct limits *x, struct archive *a, struct err *e)
{
	struct unpacker *u = archive_unpacker(a);
	struct findings ignore = { 0 };
	struct left_out l = { 0 };
	struct block block;
	struct buf blob;
	int rc = u ? 0 : err_nomem(e);

	buf_init(&blob, EX_MAX_BLOB);
	for (uint64_t i = 0; i < a->n_rows && rc >= 0; i++) {
		/* a block that cannot be read is told with the damage */
		if ((rc = archive_block(a, i, u, &blob, &block, &ignore, e)) != 0)
			continue;
		for (uint32_t k = 0; k < block.n && rc == 0; k++)
			if (note_left_out(x, &l, &block.rec[k]))
				rc = err_nomem(e);
	}
	unpacker_free(u);
	buf_release(&blob);
	findings_release(&ignore);
	if (rc >= 0 && say_left_out(x, a, &l))
		rc = err_nomem(e);
	return rc < 0 ? -1 : 0;
}
