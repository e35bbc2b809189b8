/* What of an input cannot be understood: verbatim records, and which row they may have been
 * (record.md R-17). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "source/session.h"

/* ---- rows in text that is no row ---- */

#define FIELDS 15u   /* separators that a line of words does not have */
#define WORDS 65536u /* bytes that the words of a tool take at most */

static bool
hex_run(const char *p, const char *end, size_t n)
{
	size_t k = 0;

	while (p + k < end && isxdigit((unsigned char)p[k]))
		k++;
	return k == n;
}

/* May this character stand before or behind the value of a field? */
static bool
beside_field(char c)
{
	return c && strchr("'\"\t,;|", c);
}

/* The first UUID in p..end that stands as a field does; NULL: none. */
static const char *
first_uuid(const char *p, const char *end, uint8_t id[16])
{
	for (const char *q = p; (q = memchr(q, '-', (size_t)(end - q))) != NULL; q++)
		if (q - p >= 8 && end - q >= 28 &&
		    (q - p == 8 || q[-9] == '(' || q[-9] == '\n' || beside_field(q[-9])) &&
		    (end - q == 28 || beside_field(q[28])) && uuid_to(q - 8, 36, id))
			return q - 8;
	return NULL;
}

/* Does a digest of the source stand in p..end by itself? */
static bool
holds_digest(const char *p, const char *end)
{
	for (const char *q = p; q < end; q++) {
		if (!isxdigit((unsigned char)*q))
			continue;
		if (hex_run(q, end, 64))
			return true;
		while (q < end && isxdigit((unsigned char)*q))
			q++;
		if (q == end)
			break;
	}
	return false;
}

/* Does a row begin with what stands at q, at the beginning of the text or behind a bracket? */
static bool
begins_row(const char *p, const char *q)
{
	if (q > p && (q[-1] == '\'' || q[-1] == '"'))
		q--;
	return q == p || q[-1] == '(';
}

/*
 * text that was to be a row, or a statement with one, as COPY, INSERT and CSV write them: an
 * id that begins it, or one with a digest of the source or the separators of many fields behind it.
 * The first id that stands in it is the row's own: it is the first column.
 */
static bool
row_in_text(const char *p, size_t n, uint8_t id[16])
{
	uint8_t found[16];
	const char *end = p + n, *first = first_uuid(p, end, found);
	size_t tabs = 0, commas = 0;

	if (first == NULL)
		return false;
	for (const char *q = first; q < end; q++) {
		tabs += *q == '\t';
		commas += *q == ',' || *q == ';' || *q == '|';
	}
	/* an id alone, or one before other words, is no row: another field stands behind its own */
	if (!(begins_row(p, first) && tabs + commas) && tabs < FIELDS && commas < FIELDS &&
	    !holds_digest(first, end))
		return false;
	memcpy(id, found, 16);
	return true;
}

/*
 * May rows of the audit table have stood in it? Words of a tool are lines of text; what names the
 * table in a statement, begins a table of rows or is no text at all may have been anything.
 */
static bool
may_hold_rows(const char *p, size_t n)
{
	uint8_t id[16];

	if (n > WORDS || first_uuid(p, p + n, id) || memchr(p, '\0', n) || !utf8_valid(p, n))
		return true;
	return memmem(p, n, "audit_events", 12) &&
	    (memmem(p, n, "INSERT", 6) || memmem(p, n, "insert", 6) || memmem(p, n, "COPY", 4) ||
		memmem(p, n, "copy", 4) || memmem(p, n, " FROM stdin", 11));
}

/* The text that a member of this name has at p, which stands at its first quotation mark; its
 * length, 0: none that ends here, or one with escapes. */
static size_t
member_text(const char *p, const char *end, const char *name, const char **ret)
{
	const char *q;

	p += strlen(name) + 2;
	while (p < end && strchr(" \t", *p) && *p)
		p++;
	if (p == end || *p++ != ':')
		return 0;
	while (p < end && strchr(" \t", *p) && *p)
		p++;
	if (p == end || *p++ != '"')
		return 0;
	*ret = p;
	for (q = p; q < end && *q != '"'; q++)
		if (*q == '\\' || (unsigned char)*q < ' ')
			return 0;
	return q < end && utf8_valid(p, (size_t)(q - p)) ? (size_t)(q - p) : 0;
}

/*
 * what is no JSON may still tell which row it was. An id that stands in it once, and the
 * correlation if that does; where there are two, it is not
 * one row, or a payload names another: nobody can tell which.
 */
static void
names_in_text(struct session *s, const char *p, size_t n, struct record *r)
{
	static const char *const name[] = { "event_id", "correlation_id" };
	static const char *const quoted[] = { "\"event_id\"", "\"correlation_id\"" };
	struct str seen[2] = { { NULL, 0 } };
	const char *end = p + n;

	for (unsigned i = 0; i < 2; i++) {
		size_t k = strlen(quoted[i]);

		/* every place where the name stands: a second one with another value makes both
		 * useless */
		for (const char *q = p; (q = memmem(q, (size_t)(end - q), quoted[i], k)) != NULL;
		     q += k) {
			const char *text;
			size_t len = member_text(q, end, name[i], &text);

			if (len == 0)
				continue;
			if (seen[i].p && (seen[i].n != len || memcmp(seen[i].p, text, len)))
				len = 0;
			seen[i] = (struct str){ text, len };
			if (len == 0)
				break;
		}
	}
	/* no name at all, such as a row of COPY: an id that stands in it is the row's */
	if (seen[0].p == NULL && row_in_text(p, n, r->id)) {
		r->flags &= (uint16_t)~FLAG_ID_ABSENT;
		return;
	}
	/* a text that is no uuid names nothing */
	if (seen[0].p == NULL || seen[0].n != 36 || !uuid_to(seen[0].p, 36, r->id))
		return;
	r->flags &= (uint16_t)~FLAG_ID_ABSENT;
	/* a correlation helps only beside an id */
	if (seen[1].n == 0)
		return;
	sha256_once(s->sha, seen[1].p, seen[1].n, r->correlation);
	r->flags &= (uint16_t)~FLAG_NO_CORRELATION;
}

/* The first few rejects in words, for a run that comes to nothing. */
static void
note_place(struct session *s, const char *place, const char *reason)
{
	const char *slash = strrchr(s->in->path, '/');
	size_t n = strlen(place), k = strlen(reason);

	if (s->n_places == 3)
		return;
	s->n_places++;
	if (s->places.len)
		buf_str(&s->places, "; ");
	slash = slash && slash[1] ? slash + 1 : s->in->path;
	text_plain(&s->places, slash, strlen(slash) > 60 ? 60 : strlen(slash));
	buf_str(&s->places, ", ");
	text_plain(&s->places, place, n > 60 ? 60 : n);
	buf_str(&s->places, ": ");
	text_plain(&s->places, reason, k > 180 ? 180 : k);
}

int
session_stray(struct session *s, const void *p, size_t n, const char *place, const char *reason,
    struct err *e)
{
	bool doubt = s->in->doubt, rows = may_hold_rows(p, n);
	uint64_t named = s->in->rejects_named;
	unsigned chunk = 0;
	int rc = session_reject(s, s->in->source, 0, p, n, &chunk, false, place, reason, e);

	/* one that is named is missed by its name; of the others nobody can tell */
	if (rows && s->in->rejects_named == named)
		s->in->unreadable++;
	s->in->doubt = doubt || rows;
	s->in->strays += !rows;
	return rc;
}

/* What could be read of a row before it was refused, or what a whole text that nothing is withheld
 * from tells: it may be missed by its name then. */
static void
name_reject(struct session *s, struct record *r, const void *p, size_t n, bool whole)
{
	const struct draft *d = &s->d;

	if (d->r.source == r->source && d->r.ordinal == r->ordinal && r->ordinal) {
		r->flags = d->r.flags & (FLAG_ID_ABSENT | FLAG_NO_CORRELATION);
		memcpy(r->id, d->r.id, 16);
		memcpy(r->correlation, d->r.correlation, 32);
	} else if (whole && s->redact == NULL) {
		names_in_text(s, p, n, r);
	}
}

/* Place, reason and, of one of several pieces, its number. -1: no memory. */
static int
put_reason(struct session *s, struct record *r, const char *place, const char *reason,
    const unsigned char piece[5])
{
	struct draft *d = &s->d;

	buf_clear(&d->aside);
	aside_put(&d->aside, TAG_PLACE, place, strlen(place));
	aside_put(&d->aside, TAG_REASON, reason, strlen(reason));
	if (piece)
		aside_put(&d->aside, TAG_CHUNK, piece, 5);
	r->aside = d->aside.p;
	r->aside_len = d->aside.len;
	return d->aside.failed ? -1 : 0;
}

/* Nothing of it may be kept, since nobody can say what would have been withheld. */
static void
withhold(struct session *s, struct record *r, bool first)
{
	redact_digest(s->redact, r, r->body_digest);
	r->flags |= FLAG_WITHHELD;
	r->body_len = 0;
	s->in->withheld += first;
}

int
session_reject(struct session *s, uint32_t source, uint64_t ordinal, const void *v, size_t n,
    unsigned *chunk, bool more, const char *place, const char *reason, struct err *e)
{
	const unsigned char *p = v;
	struct record r;
	int rc = 0;

	/* the first piece only */
	if (*chunk == 0)
		note_place(s, place, reason);
	s->in->bytes.rejected += n;
	/* longer than EX_CHUNK, it becomes several records, numbered in the aside */
	do {
		size_t k = n > EX_CHUNK ? EX_CHUNK : n;
		bool first = *chunk == 0, last = !more && k == n;
		struct str none = { "", 0 };
		unsigned char piece[5];

		r = (struct record){ .kind = KIND_REJECT,
			.flags = FLAG_ID_ABSENT | FLAG_NO_CORRELATION,
			.claimed_form = FORM_ABSENT,
			.previous_form = FORM_ABSENT,
			.body_form = BODY_VERBATIM,
			.source = source,
			.ordinal = ordinal,
			.body = p,
			.body_len = k };
		name_reject(s, &r, p, k, first && last);
		/* a later row of that id is no new one: it is held against this */
		if (s->w && !(r.flags & FLAG_ID_ABSENT) && writer_met(s->w, r.id, e))
			return -1;
		if (s->redact)
			withhold(s, &r, first);
		/* a single piece needs no number */
		if (!first || !last) {
			store_be(piece, (*chunk)++, 4);
			piece[4] = last;
		}
		if (put_reason(s, &r, place, reason, first && last ? NULL : piece))
			return err_nomem(e);
		if (s->w)
			rc = writer_add(s->w, &r, &none, &none, e);
		p += k;
		n -= k;
	} while (rc == 0 && n);
	/* a row that cannot be named may be any row that is missing */
	s->in->doubt |= (r.flags & FLAG_ID_ABSENT) != 0;
	/* counted once, however many pieces */
	if (!more)
		s->in->rejects++;
	s->in->rejects_named += !more && !(r.flags & FLAG_ID_ABSENT);
	return rc;
}
