#include "verify/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
add_words(char *to, size_t size, const char *p, size_t n)
{
	size_t at = strlen(to);

	if (at + n + 3 >= size || (n && memmem(to, at, p, n)))
		return;
	snprintf(to + at, size - at, "%s%.*s", at ? ", " : "", (int)n, p);
}

/* words: NULL: it counts the input alone, so it tells when the input was cut, and nothing of
 * what the source had. */
static const struct {
	const char *what, *words;
} mark[] = {
	{ "end-mark", "the dump's end mark" },
	{ "data-section", "the data sections of its tables" },
	{ "total", "the total that it tells" },
	{ "has-more", "the last page's word that there is no more" },
	{ "collector-total", "the collector's total" },
	{ "server-counts", "the server's counts of the same snapshot" },
	{ "server-export-total", NULL },
};

static bool
is(struct str s, const char *what)
{
	return s.n == strlen(what) && memcmp(s.p, what, s.n) == 0;
}

static void
account_marks(struct account *t, const struct told_input *in)
{
	bool any = false;

	for (uint32_t i = 0; i < in->n_marks; i++) {
		for (unsigned k = 0; k < sizeof mark / sizeof *mark; k++)
			if (mark[k].words && is(in->mark[i].what, mark[k].what)) {
				add_words(t->marks, sizeof t->marks, mark[k].words,
				    strlen(mark[k].words));
				any = true;
			}
		t->disagrees |= in->mark[i].lower;
	}
	if (!in->marks_told)
		t->older++;
	else if (any)
		t->counted++;
	else if (t->uncounted++ == 0 && in->kind.n)
		snprintf(t->uncounted_kind, sizeof t->uncounted_kind, "%.*s", (int)in->kind.n,
		    in->kind.p);
}

/* The name of an input in a sentence. */
static struct value
named(const struct told_input *in)
{
	return STR(in->path.p, in->path.n > 300 ? 300 : in->path.n);
}

/*
 * every byte that was read was understood, or is in a reject. What is neither may have been
 * rows, so it is known to be missing; a fault of the exporter's counting looks the same, so it is
 * no alarm.
 */
static void
account_bytes(struct account *t, struct archive *a, const struct told_input *in, struct findings *f)
{
	char what[160];

	if (!in->bytes_told ||
	    (in->bytes_whole && in->bytes_understood <= UINT64_MAX - in->bytes_rejected &&
		in->bytes_read == in->bytes_understood + in->bytes_rejected))
		return;
	snprintf(what, sizeof what,
	    "of %" PRIu64 " bytes read, %" PRIu64 " were understood and %" PRIu64 " kept as "
	    "rejects, which is not all of them",
	    in->bytes_read, in->bytes_understood, in->bytes_rejected);
	finding_say(
	    f, I03_UNREAD, archive_file(a), "manifest, inputs", GIVING(named(in), TEXT(what)));
	if (t->lacks++ == 0)
		snprintf(t->lack, sizeof t->lack, "%s", what);
	t->unknown_number = true;
}

static void
account_lacks(struct account *t, struct archive *a, const struct told_input *in, bool within_scope,
    struct findings *f)
{
	for (uint32_t i = 0, n; i < in->n_lacks; i += n) {
		const struct told_lack *l = &in->lack[i];
		struct buf said;

		n = told_lack_run(in, i);
		if (l->type == NULL)
			continue;
		buf_init(&said, 65536);
		told_lack_say(&said, in, i, n);
		finding_say(f, I03_LACK, archive_file(a), "manifest, inputs",
		    GIVING(named(in), STR(said.p, said.len)));
		buf_release(&said);
		if (t->lacks++ == 0)
			snprintf(
			    t->lack, sizeof t->lack, "%.*s", (int)l->sentence.n, l->sentence.p);
		t->lacking_rows += l->has_rows ? l->rows : 0;
		t->unknown_number |= !l->has_rows;
	}
	account_bytes(t, a, in, f);
	if (!within_scope && in->outside) {
		t->outside += in->outside;
		finding_say(f, I04_OUTSIDE, archive_file(a), "manifest, inputs",
		    GIVING(named(in), NUM(in->outside)));
	}
}

/* The database that an input was read from, as `SYSTEM-IDENTIFIER/TIMELINE`; '' where it does not
 * tell. */
static void
identity_of(const struct told_input *in, char out[64])
{
	out[0] = '\0';
	if (in->system_identifier.n == 0 || in->system_identifier.n > 30)
		return;
	snprintf(out, 64, "%.*s/%.*s", (int)in->system_identifier.n, in->system_identifier.p,
	    in->timeline.n > 20 ? 0 : (int)in->timeline.n, in->timeline.p);
}

/*
 * An increment without new events is believed only if the newest row of the files before was seen
 * again, in a database that is not another one (judgement.md J-13): a job that points at an empty
 * database looks like it.
 */
static void
no_news(struct account *t, struct archive *a, struct findings *f)
{
	bool seen = false, other = false;
	uint64_t events;

	if (archive_first(a) == 0 || archive_still_open(a) ||
	    !archive_manifest_u64(a, "counts", "events", &events) || events)
		return;
	for (uint32_t i = 0; i < archive_told(a)->n; i++) {
		char identity[64];

		seen |= archive_told(a)->input[i].newest_seen;
		identity_of(&archive_told(a)->input[i], identity);
		other |= identity[0] && t->identity[0] && strcmp(identity, t->identity);
	}
	if (!seen || other)
		finding_say(f, other ? I05_OTHER : I05_UNSEEN, archive_file(a), "manifest, inputs",
		    GIVING(TEXT(archive_name(a))));
}

void
account_file(struct account *t, struct archive *a, bool within_scope, struct findings *f)
{
	if (!archive_manifest(a))
		return;
	no_news(t, a, f);
	for (uint32_t i = 0; i < archive_told(a)->n; i++) {
		const struct told_input *in = &archive_told(a)->input[i];
		char identity[64];

		t->inputs++;
		account_marks(t, in);
		account_lacks(t, a, in, within_scope, f);
		identity_of(in, identity);
		if (identity[0])
			memcpy(t->identity, identity, sizeof identity);
	}
}
