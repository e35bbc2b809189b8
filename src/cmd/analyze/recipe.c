/* explain FINDING FILE [--id EVENT]: the check of a finding by hand, for this file and this very
 * event (J-16). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "chain/content.h"
#include "cmd/analyze/analyze.h"
#include "event/view.h"

/* bytes that may be hashed in search of another predecessor or spelling */
#define HASHED_MAX (256ull << 20)

struct recipe {
	struct evidence ev;
	struct reading r;
	struct catalog cat;
	const struct cli *c;
	const struct finding_info *d;
	struct buf out;
	uint64_t budget;
};

/* ---- text for a shell */

static bool
needs_escapes(const unsigned char *p, size_t n)
{
	uint32_t cp;
	unsigned k;

	for (; n; p += k, n -= k)
		if ((k = utf8_next(p, n, &cp)) == 0 || text_invisible(cp))
			return true;
	return false;
}

/* In single quotes, for printf's first argument: % and \ doubled, what a terminal must not see as
 * octal. */
static void
put_format(struct buf *b, const unsigned char *p, size_t n)
{
	uint32_t cp;
	unsigned k;

	for (; n; p += k, n -= k) {
		k = utf8_next(p, n, &cp);
		if (k == 0 || text_invisible(cp)) {
			k = k ? k : 1;
			for (unsigned i = 0; i < k; i++)
				buf_printf(b, "\\%03o", p[i]);
		} else if (cp == '\'') {
			buf_str(b, "'\\''");
		} else {
			if (cp == '%' || cp == '\\')
				buf_byte(b, cp);
			buf_put(b, p, k);
		}
	}
}

static void
put_quoted(struct buf *b, const unsigned char *p, size_t n)
{
	buf_byte(b, '\'');
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\'')
			buf_str(b, "'\\''");
		else
			buf_byte(b, p[i]);
	buf_byte(b, '\'');
}

/* A command that prints these bytes and nothing else. */
static void
put_printf(struct buf *b, struct str a, struct str rest)
{
	if (needs_escapes((const unsigned char *)a.p, a.n) ||
	    needs_escapes((const unsigned char *)rest.p, rest.n)) {
		buf_str(b, "printf '");
		put_format(b, (const unsigned char *)a.p, a.n);
		put_format(b, (const unsigned char *)rest.p, rest.n);
		buf_byte(b, '\'');
		return;
	}
	buf_str(b, "printf '%s' ");
	if (a.n) {
		put_quoted(b, (const unsigned char *)a.p, a.n);
		buf_byte(b, ' ');
	}
	put_quoted(b, (const unsigned char *)rest.p, rest.n);
}

void
recipe_word(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	if (!needs_escapes((const unsigned char *)s, n)) {
		put_quoted(b, (const unsigned char *)s, n);
		return;
	}
	buf_str(b, "\"$(printf '");
	put_format(b, (const unsigned char *)s, n);
	buf_str(b, "')\"");
}

/* The file as SQLite's URI; a name that begins with a dash or holds ?, % or # is still a name. */
static void
put_uri(struct buf *b, const char *path)
{
	struct buf uri;

	buf_init(&uri, 65536);
	buf_str(&uri, path[0] == '-' ? "file:./" : "file:");
	for (; *path; path++)
		if (*path == '?' || *path == '%' || *path == '#')
			buf_printf(&uri, "%%%02X", (unsigned)*path);
		else
			buf_byte(&uri, (unsigned char)*path);
	buf_str(&uri, "?immutable=1");
	buf_byte(&uri, '\0');
	recipe_word(b, uri.p ? (char *)uri.p : "");
	buf_release(&uri);
}

/* ---- one event */

/* The predecessor as the source's writer puts it before the body. */
static struct str
predecessor(const struct record *r, char hex[65])
{
	struct aside_item i;

	if (r->previous_form == FORM_HEX) {
		hex_of(r->previous, 32, hex);
		return (struct str){ hex, 64 };
	}
	if (r->previous_form == FORM_TEXT && aside_find(r, COL_PREVIOUS, &i) && i.n)
		return (struct str){ (const char *)i.p + 1, i.n - 1 };
	return (struct str){ "", 0 };
}

static void
sum(struct hmac256 *key, struct str pre, const void *body, size_t n, uint8_t out[32])
{
	struct sha256 *s;

	if (key) {
		hmac256_of(key, pre.p, pre.n, body, n, out);
	} else if ((s = sha256_new()) != NULL) {
		sha256_begin(s);
		sha256_add(s, pre.p, pre.n);
		sha256_add(s, body, n);
		sha256_end(s, out);
		sha256_free(s);
	} else {
		memset(out, 0, 32);
		nomem_note();
	}
}

/* The command and what it prints. given: which --hmac-key-file, -1: unkeyed. */
static void
put_sum(struct recipe *x, struct str pre, const void *body, size_t n, int given,
    const uint8_t digest[32])
{
	struct buf *b = &x->out;
	char hex[65];

	hex_of(digest, 32, hex);
	buf_str(b, "\n  ");
	put_printf(b, pre, (struct str){ body, n });
	if (given >= 0) {
		buf_str(b, " | openssl dgst -sha256 -mac HMAC -macopt \"key:$(cat ");
		recipe_word(b, cli_nth(x->c, "hmac-key-file", (unsigned)given));
		buf_str(b, ")\"");
	} else {
		buf_str(b, " | sha256sum");
	}
	buf_printf(b, "\n  gives      %s\n", hex);
}

/* What a look for another way to the stored hash needs. */
struct search {
	struct recipe *x;
	const struct record *r;
	struct hmac256 *key;
	int given;
	struct str pre;
};

static bool
spelled(void *arg, const void *body, size_t n, enum body_form form, const char *name)
{
	struct search *s = arg;
	uint8_t d[32];

	(void)form;
	if (s->x->budget < n)
		return true;
	s->x->budget -= n;
	sum(s->key, s->pre, body, n, d);
	if (memcmp(d, s->r->claimed, 32))
		return false;
	buf_str(&s->x->out, "\nAs it was before the database respelled it (");
	text_plain(&s->x->out, name, strlen(name));
	buf_str(&s->x->out, ") it gives the hash that is stored [E-13]:\n");
	put_sum(s->x, s->pre, body, n, s->given, d);
	return true;
}

/* How this row's sum stands to the others of its correlation. */
static void
put_neighbours(struct search *s, const struct story *story, const uint8_t mine[32], bool fits)
{
	struct buf *b = &s->x->out;
	char id[37], hex[65];
	uint8_t d[32];

	for (unsigned i = 0; i < story->n; i++) {
		const struct moment *m = &story->m[i];

		if (memcmp(m->id, s->r->id, 16) == 0)
			continue;
		uuid_of(m->id, id);
		if (m->has_previous && memcmp(m->previous, mine, 32) == 0)
			buf_printf(b,
			    "  event %s (position %" PRIu64 ") names that as its predecessor\n", id,
			    m->position);
		if (fits || !m->has_hash || s->r->claimed_form != FORM_HEX ||
		    s->x->budget < s->r->body_len)
			continue;
		s->x->budget -= s->r->body_len;
		hex_of(m->hash, 32, hex);
		sum(s->key, (struct str){ hex, 64 }, s->r->body, s->r->body_len, d);
		if (memcmp(d, s->r->claimed, 32))
			continue;
		buf_printf(b,
		    "\nOver the hash of event %s as predecessor it gives the hash that is "
		    "stored:\n",
		    id);
		put_sum(s->x, (struct str){ hex, 64 }, s->r->body, s->r->body_len, s->given, d);
	}
}

/* Of several keys the one that fits, else the first; a row that was hashed without one has none. */
static void
choose_key(struct search *s, const struct judge *j)
{
	const struct record *r = s->r;
	bool keyed = r->algorithm == ALGO_HMAC, fits = false;
	uint8_t d[32];

	for (unsigned k = 0; k < j->n_keys && !fits && (keyed || r->algorithm == ALGO_ABSENT);
	     k++) {
		sum(j->key[k], s->pre, r->body, r->body_len, d);
		fits = r->claimed_form == FORM_HEX && memcmp(d, r->claimed, 32) == 0;
		if (fits || (k == 0 && keyed)) {
			s->key = j->key[k];
			s->given = (int)s->x->ev.hmac_read[k].given;
		}
	}
}

/* What is stored: all that follows is held against it. stored: 64 digits, or empty. */
static void
put_stored(struct buf *b, const struct record *r, struct str previous, const char *stored)
{
	static const char *const algorithm[] = { "not carried by the input", "empty",
		"sha256-unkeyed", "hmac-sha256" };

	buf_printf(b, "  stored     event_hash %s, algorithm %s\n",
	    stored[0]                        ? stored :
		r->claimed_form == FORM_TEXT ? "that is no digest" :
					       "none",
	    r->algorithm < 4 ? algorithm[r->algorithm] : "unknown");
	buf_str(b, "  previous   ");
	text_plain(b, previous.n ? previous.p : "none", previous.n ? previous.n : 4);
	buf_byte(b, '\n');
}

/* The bytes that the source's writer hashed, the command, and how its result stands to what is
 * stored. */
static void
put_event(struct recipe *x, const struct record *r, const struct story *story)
{
	struct buf *b = &x->out;
	struct judge j;
	char hex[65], stored[65] = "";
	struct search s = { x, r, NULL, -1, predecessor(r, hex) };
	bool keyed = r->algorithm == ALGO_HMAC, fits = false, gave_up = false;
	uint8_t d[32];

	if (r->claimed_form == FORM_HEX)
		hex_of(r->claimed, 32, stored);
	put_stored(b, r, s.pre, stored);
	/* without its values nothing can be hashed here; the command is for whoever has them */
	if (r->flags & FLAG_WITHHELD) {
		hex_of(r->body_digest, 32, hex);
		buf_printf(b,
		    "  Its values were withheld when the archive was made: whoever has the row as "
		    "it was runs\n  printf '%%s' 'PREDECESSOR' 'BODY' | sha256sum\n"
		    "  gives      %s, if it is that row [R-22]\n",
		    hex);
		return;
	}
	/* without a canonical form there is nothing that the source can have hashed */
	if (r->body_form == BODY_VERBATIM) {
		buf_str(b,
		    "  It has no canonical form, so no bytes that the source can have hashed "
		    "[E-9]: exhibit cat shows it as it stood.\n");
		return;
	}
	if (judge_init(&j, x->ev.hmac, x->ev.n_hmac)) {
		nomem_note();
		return;
	}
	choose_key(&s, &j);
	/* the key is not here: the command says where it would go */
	if (keyed && s.key == NULL) {
		buf_str(b, "\n  ");
		put_printf(b, s.pre, (struct str){ (const char *)r->body, r->body_len });
		buf_str(b, " | openssl dgst -sha256 -mac HMAC -macopt \"key:$(cat KEYFILE)\"\n");
		buf_printf(b,
		    "  expected   %s, with the source's key in KEYFILE (--hmac-key-file)\n",
		    stored);
	} else {
		/* the same bytes as the command hashes, so that both must agree */
		sum(s.key, s.pre, r->body, r->body_len, d);
		fits = r->claimed_form == FORM_HEX && memcmp(d, r->claimed, 32) == 0;
		put_sum(x, s.pre, r->body, r->body_len, s.given, d);
		buf_printf(b, "  expected   %s: %s\n",
		    stored[0] ? stored : "nothing, for no hash is stored",
		    !stored[0] ? "nothing to compare with" :
			fits   ? "they agree" :
				 "THEY DIFFER");
		put_neighbours(&s, story, d, fits);
		/* in another spelling it may fit after all */
		if (!fits && stored[0])
			judge_spellings(r->body, r->body_len, (enum body_form)r->body_form,
			    &gave_up, spelled, &s);
	}
	judge_release(&j);
}

/* ---- the recipe */

/* What the recipe's commands take for granted, and the commands. block: of the event, 0: all. */
static void
put_commands(struct recipe *x, const char *path, uint64_t block, const char *correlation)
{
	struct buf *b = &x->out;
	const char *key = cli_get(x->c, "vkey");

	buf_str(b, "  F=");
	recipe_word(b, path);
	buf_str(b, "; U=");
	put_uri(b, path);
	if (block)
		buf_printf(b, "; B=%" PRIu64, block);
	if (correlation) {
		buf_str(b, "; ID=");
		recipe_word(b, correlation);
	}
	if (strstr(x->d->hand, "$KEY")) {
		buf_str(b, "; KEY=");
		recipe_word(b, key ? key : "LOG.vkey");
	}
	buf_printf(b, "\n  %s\n", x->d->hand);
}

/* The event of --id; -1 (err): there is none of that id. */
static int
find_event(struct recipe *x, const char *id, const struct correlation **corr, unsigned *archive,
    const struct record **ret)
{
	struct err *e = &x->ev.err;
	uint8_t want[16];

	if (!uuid_to(id, strlen(id), want))
		return err_set(e, EX_USAGE_ERR,
		    "--id %.200s: want the id of an event, such as findings name (exhibit timeline "
		    "FILE --id REMEDIATION lists them)",
		    id);
	if (catalog_load(&x->cat, &x->r, e) || catalog_find(&x->cat, &x->r, id, corr, e))
		return -1;
	for (unsigned i = 0; i < (*corr)->n_at; i++) {
		const struct record *r;
		int rc =
		    reading_record(&x->r, (*corr)->at[i].archive, (*corr)->at[i].position, &r, e);

		if (rc < 0)
			return -1;
		if (rc == 0 && memcmp(r->id, want, 16) == 0) {
			*archive = (*corr)->at[i].archive;
			*ret = r;
			return 0;
		}
	}
	return err_set(e, EX_NO_SUCH, "--id %.200s: its record cannot be read", id);
}

static int
one_event(struct recipe *x, const char *id)
{
	const struct correlation *corr;
	const struct record *r;
	struct story story = { 0 };
	struct archive *a;
	unsigned archive = 0;
	uint64_t position;
	int rc = -1;

	/* the story first: reading it moves the block that the record lies in */
	if (find_event(x, id, &corr, &archive, &r))
		return -1;
	position = r->position;
	if (story_load(&story, &x->r, corr, &x->ev.err) ||
	    reading_record(&x->r, archive, position, &r, &x->ev.err))
		goto out;
	a = x->ev.archive[archive];
	/* where it stands, before what it says */
	buf_printf(&x->out, "\nThis event by hand\n  event      %s, position %" PRIu64 " of ", id,
	    position);
	text_plain(&x->out, archive_path(a), strlen(archive_path(a)));
	buf_str(&x->out, "\n  of         ");
	text_plain(&x->out, corr->text, corr->n);
	buf_byte(&x->out, '\n');
	put_event(x, r, &story);
	/* commands about the row alone were given above */
	if (x->d->hand[0] && strstr(x->d->hand, "$BODY") == NULL) {
		buf_str(&x->out, "\nThe finding by hand, in a shell\n");
		put_commands(x, archive_path(a), archive_block_of(a, position) + 1, corr->text);
	}
	rc = 0;
out:
	story_release(&story);
	return rc;
}

int
recipe_print(const struct cli *c, const struct finding_info *d)
{
	struct recipe x = { .c = c, .d = d, .budget = HASHED_MAX };
	const char *id;
	int status = evidence_attach(&x.ev, c, c->arg + 1, c->n_args - 1, NULL);

	buf_init(&x.out, 8u * EX_MAX_BODY);
	/* the archive is only read, as by every verb */
	if (status == 0 && (status = evidence_confine(&x.ev, c, NULL)) == 0)
		status = evidence_authenticate(&x.ev);
	if (status == 0 && reading_init(&x.r, x.ev.archive, x.ev.n, &x.ev.findings, &x.ev.err))
		status = cli_fail(c, &x.ev.err);
	/* without an event: commands about the whole file */
	if (status == 0 && cli_get(c, "id") == NULL) {
		if (d->hand[0] == '\0')
			buf_str(&x.out, "\nBy hand: no tool at hand does this; formats/ say how\n");
		for (unsigned i = 0; i < x.ev.n && d->hand[0]; i++) {
			buf_str(&x.out, "\nBy hand, in a shell\n");
			put_commands(&x, archive_path(x.ev.archive[i]), 0, NULL);
		}
	}
	for (unsigned i = 0; status == 0 && (id = cli_nth(c, "id", i)) != NULL; i++)
		if (one_event(&x, id))
			status = cli_fail(c, &x.ev.err);
	/* a recipe that found no room is not printed in part */
	if (status == 0 && (x.out.failed || nomem_noted())) {
		err_nomem(&x.ev.err);
		status = cli_fail(c, &x.ev.err);
	}
	if (status == 0)
		fwrite(x.out.p, 1, x.out.len, stdout);
	/* a file that is not what it says can still be asked about: the recipe is how to see
	 * that */
	catalog_release(&x.cat);
	reading_release(&x.r);
	buf_release(&x.out);
	evidence_close(&x.ev);
	return status;
}
