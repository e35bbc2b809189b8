/*
 * witness: the seal of a file cosigned by witnesses of its log (trust.md W-1 to W-4), and what
 * `archive` does behind its seal. What they say of the log is witness/witness.h's.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/export/sealed.h"
#include "cmd/export/witnesses.h"
#include "json/emit.h"
#include "witness/witness.h"

#define KEYS_MOST 64u

/* One file, and what is asked about it. */
struct asking {
	const struct cli *c;
	struct sealed file;
	char note[BESIDE_MAX + 8]; /* where it goes */
	struct witness_key key[KEYS_MOST];
	size_t n_keys;
	struct http_options http;
	struct witnessing w;
	unsigned answered;
};

static unsigned
n_witnesses(const struct cli *c)
{
	unsigned n = 0;

	while (cli_nth(c, "witness", n))
		n++;
	return n;
}

/* How many must answer: all, unless it was said. */
static uint64_t
quorum_of(const struct cli *c)
{
	const char *v = cli_get(c, "quorum");
	uint64_t n = n_witnesses(c);

	if (v)
		dec_u64(v, strlen(v), &n);
	return n;
}

/* A key is given as a file, or as its one line. */
static int
load_key(struct witness_key *k, const char *v, struct err *e)
{
	size_t n;
	char *text;
	int rc;

	if (strchr(v, '+') && access(v, F_OK))
		return witness_key_parse(k, v, strlen(v), e);
	if ((text = file_slurp(v, 16384, &n, e)) == NULL)
		return -1;
	rc = witness_key_parse(k, text, n, e);
	free(text);
	return rc;
}

static int
load_keys(const struct cli *c, struct witness_key key[KEYS_MOST], size_t *n, struct err *e)
{
	const char *v;

	for (*n = 0; (v = cli_nth(c, "witness-vkey", (unsigned)*n)) != NULL; ++*n) {
		struct err why = { 0 };

		if (*n == KEYS_MOST)
			return err_set(e, EX_USAGE_ERR, "more than %u --witness-vkey", KEYS_MOST);
		if (load_key(&key[*n], v, &why))
			return err_set(e, why.status, "--witness-vkey %.200s: %s", v, why.text);
	}
	return 0;
}

int
witnesses_check(const struct cli *c, struct err *e)
{
	const char *v = cli_get(c, "quorum"), *url, *other;
	struct witness_key key[KEYS_MOST];
	unsigned n = n_witnesses(c);
	uint64_t quorum;
	size_t n_keys;

	if (n == 0 && (v || cli_get(c, "witness-vkey")))
		return err_set(
		    e, EX_USAGE_ERR, "--%s goes with --witness URL", v ? "quorum" : "witness-vkey");
	if (n > NOTE_SIGS - 1)
		return err_set(
		    e, EX_USAGE_ERR, "--witness: %u at most have room in a note", NOTE_SIGS - 1);
	if (v && (!dec_u64(v, strlen(v), &quorum) || quorum == 0 || quorum > n))
		return err_set(e, EX_USAGE_ERR,
		    "--quorum %.20s: want how many witnesses must answer, 1 to %u", v, n);
	for (unsigned i = 0; (url = cli_nth(c, "witness", i)) != NULL; i++) {
		if (http_address(url, e))
			return -1;
		for (unsigned k = 0; k < i; k++)
			if ((other = cli_nth(c, "witness", k)) != NULL && strcmp(url, other) == 0)
				return err_set(
				    e, EX_USAGE_ERR, "--witness %.200s: given twice", url);
	}
	return load_keys(c, key, &n_keys, e);
}

void
witnesses_member(const struct cli *c, struct buf *out)
{
	const char *url;
	struct emit x;

	if (n_witnesses(c) == 0 && cli_get(c, "tsa") == NULL)
		return;
	emit_within(&x, out);
	emit_object(&x, "asked");
	if (n_witnesses(c)) {
		emit_array(&x, "witnesses");
		for (unsigned i = 0; (url = cli_nth(c, "witness", i)) != NULL; i++)
			emit_str(&x, NULL, url);
		emit_end(&x);
		emit_u64(&x, "quorum", quorum_of(c));
	}
	if ((url = cli_get(c, "tsa")) != NULL) {
		emit_array(&x, "authorities");
		emit_str(&x, NULL, url);
		emit_end(&x);
	}
	emit_end(&x);
}

/* Begins with the note that is there already. 0 or -1 (e). */
static int
begin_note(struct asking *a, struct err *e)
{
	struct err why = { 0 };
	char *kept = NULL;
	size_t n = 0;
	int rc;

	snprintf(a->note, sizeof a->note, "%s.note", a->file.base);
	if (access(a->note, F_OK) == 0 && (kept = file_slurp(a->note, EX_MAX_NOTE, &n, e)) == NULL)
		return -1;
	a->w.key = a->key;
	a->w.n_keys = a->n_keys;
	a->w.http = &a->http;
	rc = witnessing_begin(&a->w, a->file.archive, kept, n, &why) ?
	    err_set(e, why.status, "%s: %s", a->note, why.text) :
	    0;
	free(kept);
	return rc;
}

/* W-3: what it answered, for whoever asks it later. 0 or -1 (e). */
static int
keep_contradiction(
    const struct asking *a, const char *url, const struct witness_answer *r, struct err *e)
{
	char path[4400], now[UTC_TEXT];
	struct timespec t;
	struct buf b;
	bool put;
	int fd;

	clock_gettime(CLOCK_REALTIME, &t);
	utc_text(now, (int64_t)t.tv_sec * 1000000);
	snprintf(path, sizeof path, "%.4000s.conflict", a->file.path);
	buf_init(&b, ANSWER_MAX + 2048);
	buf_printf(&b, "exhibit-conflict/1 %s %s %ld %" PRIu64 " %" PRIu64 " %zu\n", now, url,
	    r->answer.status, r->from, archive_seal(a->file.archive)->size, r->answer.body.len);
	buf_put(&b, r->answer.body.p, r->answer.body.len);
	buf_byte(&b, '\n');
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, a->file.mode);
	put = fd >= 0 && !b.failed && write(fd, b.p, b.len) == (ssize_t)b.len && fsync(fd) == 0;
	if (!put)
		err_errno(e, "%s", path);
	if (fd >= 0)
		close(fd);
	buf_release(&b);
	return put ? 0 : -1;
}

static void
say_cosigned(const struct asking *a, const char *url, const struct witness_answer *r)
{
	char at[UTC_TEXT] = "a time that it does not state";

	if (cli_get(a->c, "quiet"))
		return;
	if (r->time)
		utc_text(at, (int64_t)r->time * 1000000);
	cli_note(a->c, "%s: cosigned by %s at %s%s", url, r->name, at,
	    r->checked ? "" : ", not checked (--witness-vkey KEY)");
}

/* Asks one of them. 0; EX_CONFLICT: it contradicts; -1 (e). */
static int
ask_one(struct asking *a, const char *url, struct err *e)
{
	struct witness_answer r;
	int rc = witness_ask(&a->w, url, &r, e);

	if (rc == 0 && r.end == WITNESS_COSIGNED) {
		a->answered++;
		say_cosigned(a, url, &r);
	} else if (rc == 0) {
		cli_note(a->c, "%s: %s", url, r.said);
	}
	if (rc == 0 && r.end == WITNESS_CONTRADICTS) {
		rc = keep_contradiction(a, url, &r, e) ? -1 : EX_CONFLICT;
		if (rc > 0)
			cli_note(a->c,
			    "%s.conflict: its answer was kept; nobody else was asked. Find out "
			    "which log it saw, and who holds the key, before anything else is "
			    "sealed [W-3]",
			    a->file.path);
	}
	http_release(&r.answer);
	return rc;
}

static int
ask_all(struct asking *a, struct err *e)
{
	size_t had = a->w.note.len;
	const char *url;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && (url = cli_nth(a->c, "witness", i)) != NULL; i++)
		rc = ask_one(a, url, e);
	/* what was signed is kept, whatever else happened */
	if (a->w.note.len > had && a->answered) {
		struct err more = { 0 };

		if (sealed_put(&a->file, a->note, a->w.note.p, a->w.note.len, true, &more)) {
			err_set(e, more.status, "%s", more.text);
			return -1;
		}
	}
	if (rc)
		return rc;
	if (a->answered < quorum_of(a->c)) {
		cli_note(a->c,
		    "%s: %u of %u witnesses cosigned its seal, %" PRIu64 " were to: it is sealed "
		    "all the same; ask again "
		    "with exhibit-export "
		    "witness",
		    a->file.path, a->answered, n_witnesses(a->c), quorum_of(a->c));
		return EX_KEPT_ASIDE;
	}
	return 0;
}

int
witnesses_ask(const struct cli *c, const char *path, volatile const int *stop, struct err *e)
{
	struct asking *a;
	int rc;

	if (n_witnesses(c) == 0)
		return 0;
	if ((a = calloc(1, sizeof *a)) == NULL)
		return err_nomem(e);
	*a = (struct asking){ .c = c, .http = { .ca_file = cli_get(c, "ca-file"), .stop = stop } };
	rc = load_keys(c, a->key, &a->n_keys, e) || sealed_open(&a->file, path, e) ||
		begin_note(a, e) ?
	    -1 :
	    ask_all(a, e);
	witnessing_release(&a->w);
	sealed_release(&a->file);
	free(a);
	return rc;
}

int
cmd_witness(const struct cli *c)
{
	volatile const int *stop = stop_on_signals();
	struct err e = { 0 };
	int status = 0, rc;

	if (c->n_args == 0 || n_witnesses(c) == 0)
		return cli_usage(c, "witness wants sealed files and --witness URL");
	if (witnesses_check(c, &e))
		return cli_fail(c, &e);
	/* one behind the other: of a log, each proves from where the one before ended */
	for (unsigned i = 0; i < c->n_args; i++) {
		if ((rc = witnesses_ask(c, c->arg[i], stop, &e)) < 0)
			return cli_fail(c, &e);
		if (rc == EX_CONFLICT)
			return rc;
		status = rc ? rc : status;
	}
	return status;
}
