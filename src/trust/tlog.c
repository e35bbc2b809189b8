#include "trust/tlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
tlog_is(const void *p, size_t n)
{
	return n >= strlen(TLOG_FIRST_LINE) &&
	    memcmp(p, TLOG_FIRST_LINE, strlen(TLOG_FIRST_LINE)) == 0;
}

/* The lines of a text, without their line feeds. */
struct lines {
	const char *p, *end;
	unsigned no;
	const char *line;
	size_t n;
};

static bool
next(struct lines *l)
{
	const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p));

	if (nl == NULL)
		return false;
	l->line = l->p;
	l->n = (size_t)(nl - l->p);
	l->p = nl + 1;
	l->no++;
	return true;
}

/* Does the line begin so? Then the rest of it. */
static bool
behind(const struct lines *l, const char *word, const char **ret, size_t *ret_n)
{
	size_t n = strlen(word);

	if (l->n < n || memcmp(l->line, word, n))
		return false;
	*ret = l->line + n;
	*ret_n = l->n - n;
	return true;
}

static int
wrong(char why[200], const struct lines *l, const char *what)
{
	snprintf(why, 200, "line %u: %s", l->no, what);
	return 1;
}

int
tlog_parse(struct tlog_proof *ret, const char *text, size_t n, char why[200])
{
	struct lines l = { .p = text, .end = text + n };
	const char *rest;
	struct buf hash;
	size_t len;
	int rc = 0;

	memset(ret, 0, sizeof *ret);
	buf_init(&ret->extra, RECORD_HEADER + RECORD_OPENING + EX_MAX_BODY + EX_MAX_ASIDE + 3);
	buf_init(&hash, 64);
	/* lines in the one order that the form has, each with one spelling: two texts are never one
	 * proof */
	if (!tlog_is(text, n) || !next(&l))
		return wrong(why, &l, "want c2sp.org/tlog-proof@v1 in the first line");
	if (!next(&l))
		return wrong(why, &l, "the text ends before its index");
	if (behind(&l, "extra ", &rest, &len)) {
		if (len == 0 || !base64_to(rest, len, &ret->extra))
			return ret->extra.nomem ? -1 : wrong(why, &l, "extra is no base64");
		if (!next(&l))
			return wrong(why, &l, "the text ends before its index");
	}
	/* INT64_MAX: positions are numbers of SQLite (C-5) */
	if (!behind(&l, "index ", &rest, &len) || !dec_u64(rest, len, &ret->index) ||
	    (len > 1 && *rest == '0') || ret->index > INT64_MAX)
		return wrong(why, &l, "want `index` and a number without leading zeros");
	while (rc == 0) {
		if (!next(&l)) {
			rc = wrong(why, &l, "the text ends before its checkpoint");
			break;
		}
		if (l.n == 0)
			break;
		buf_clear(&hash);
		if (!base64_to(l.line, l.n, &hash) || hash.len != 32)
			rc = hash.nomem ? -1 : wrong(why, &l, "want a hash of 32 bytes in base64");
		else if (ret->path.n == PATH_MAX_HASHES)
			rc = wrong(why, &l, "more hashes than any tree needs");
		else
			memcpy(ret->path.hash[ret->path.n++], hash.p, 32);
	}
	/* the rest is the signed note, byte for byte: its own parser judges it (log/note.h) */
	ret->note = l.p;
	ret->note_len = (size_t)(l.end - l.p);
	buf_release(&hash);
	return rc;
}

void
tlog_release(struct tlog_proof *p)
{
	buf_release(&p->extra);
}

void
tlog_print(const struct tlog_proof *p, struct buf *out)
{
	buf_str(out, TLOG_FIRST_LINE);
	if (p->extra.len) {
		buf_str(out, "extra ");
		base64_of(p->extra.p, p->extra.len, out);
		buf_byte(out, '\n');
	}
	buf_printf(out, "index %" PRIu64 "\n", p->index);
	for (unsigned i = 0; i < p->path.n; i++) {
		base64_of(p->path.hash[i], 32, out);
		buf_byte(out, '\n');
	}
	buf_byte(out, '\n');
	buf_put(out, p->note, p->note_len);
}
