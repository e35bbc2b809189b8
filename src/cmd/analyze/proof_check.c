/* What verify tells of a proof of one record (output.md O-29). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/journal.h"
#include "cmd/analyze/proof.h"
#include "json/emit.h"

static const char *const kind_word[] = { "", "event", "reject", "context", "manifest", "conflict",
	"dead letter" };

/* ---- what was given */

/* 1: it begins as a proof; 0: it does not, or cannot be opened, which others say. */
static int
begins_as_proof(const char *path)
{
	char first[sizeof TLOG_FIRST_LINE];
	struct stat st;
	ssize_t n = -1;
	int fd;

	if (strcmp(path, "-") == 0)
		return pread(0, first, sizeof first, 0) >= 0 && tlog_is(first, sizeof first);
	/* what is no file, such as a pipe, can be read once only */
	if (stat(path, &st) || !S_ISREG(st.st_mode) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return 0;
	n = pread(fd, first, sizeof first, 0);
	close(fd);
	return n > 0 && tlog_is(first, (size_t)n);
}

int
proof_given(const struct cli *c, struct err *e)
{
	for (unsigned i = 0; i < c->n_args; i++) {
		if (strcmp(c->arg[i], "-") == 0 && evidence_keep_stdin(e))
			return -1;
		if (begins_as_proof(c->arg[i]))
			return 1;
	}
	return 0;
}

/* ---- what is printed */

static void
member(const char *label, struct str s)
{
	struct buf b;

	if (s.n == 0)
		return;
	buf_init(&b, 6 * s.n + 16);
	text_plain(&b, s.p, s.n);
	printf("  %-13s %.*s\n", label, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

/* What the record says, as far as it is proven to be that record. */
static void
print_record(const struct proven *p)
{
	const struct record *r = &p->rec;
	const struct event *e = &p->event;
	struct buf b;
	char id[37];

	printf("\nTHE RECORD (%s; what it says is the %s's statement)\n", kind_word[r->kind],
	    r->kind == KIND_CONTEXT || r->kind == KIND_MANIFEST ? "exporter" : "source");
	buf_init(&b, 256);
	if (!(r->flags & FLAG_ID_ABSENT)) {
		uuid_of(r->id, id);
		print_line("event id", "%s", id);
	}
	if (record_event_like(r) && !(r->flags & FLAG_TIME_INVALID)) {
		utc_print(&b, UTC_REST, r->time, 0);
		print_line("stated time", "%.*s", (int)b.len, (char *)b.p);
	}
	buf_release(&b);
	if (p->event_read) {
		member("correlation", e->correlation);
		member("type", e->type);
		member("outcome", e->outcome);
		member("actor", e->actor_id);
		member("resource", e->resource_id);
		member("namespace", e->namespace);
		member("data", e->data);
	} else if (r->body && utf8_valid(r->body, r->body_len)) {
		member("body", (struct str){ (const char *)r->body, r->body_len });
	} else {
		print_line("body",
		    r->body ? "no text: -o json has it in base64" :
			      "withheld at export: not in the proof");
	}
}

static void
print_table(const struct proven *p, const char *path, size_t bytes, const struct evidence *v)
{
	char b[32];
	struct buf head;

	buf_init(&head, 32768);
	text_plain(&head, p->headline, strlen(p->headline));
	printf("%.*s\n\n", (int)head.len, head.p ? (char *)head.p : "");
	buf_release(&head);
	print_line("proof", "%s (%s bytes)", path, text_grouped(bytes, b));
	for (unsigned i = 0; i < STEPS; i++)
		print_line(step_name[i], "%s: %s", state_name[p->step[i].state], p->step[i].why);
	if (p->form_why[0] == '\0' && p->record_why == NULL && p->path_leads)
		print_record(p);
	printf("\nIT DOES NOT TELL\n");
	for (unsigned i = 0; proof_does_not_tell[i]; i++)
		print_line("", "%s", proof_does_not_tell[i]);
	if (v->confined != SANDBOX_FULL)
		print_line("sandbox", "%s: %s", sandbox_word[v->confined], v->sandbox);
}

/* What stands beside the body. */
static void
emit_aside(struct emit *e, const struct record *r)
{
	static const char *const state[] = { "null", "text", "absent", "time at an offset",
		"as the body", "as PostgreSQL prints it" };
	struct span s = span_of(r->aside, r->aside_len);
	struct aside_item i;
	unsigned last = 0;

	emit_array(e, "aside");
	while (aside_next(&s, &last, &i) == 1) {
		emit_object(e, NULL);
		emit_u64(e, "tag", i.tag);
		if (i.tag >= 1 && i.tag <= COL_COUNT)
			emit_str(e, "column", column_info[i.tag].name);
		if ((i.tag <= COL_COUNT || i.tag >= TAG_UNKNOWN) && i.n &&
		    i.p[0] <= STATE_AS_POSTGRES) {
			emit_str(e, "state", state[i.p[0]]);
			emit_text(e, "text", (const char *)i.p + 1, i.n - 1);
		} else {
			emit_text(e, "text", (const char *)i.p, i.n);
		}
		emit_end(e);
	}
	emit_end(e);
}

static void
emit_record(struct emit *e, const struct proven *p)
{
	const struct record *r = &p->rec;
	struct buf b;
	char id[37];

	emit_object(e, "record");
	emit_str(e, "kind", kind_word[r->kind]);
	emit_u64(e, "position", r->position);
	uuid_of(r->id, id);
	emit_str(e, "event_id", r->flags & FLAG_ID_ABSENT ? NULL : id);
	if (record_event_like(r) && !(r->flags & FLAG_TIME_INVALID))
		emit_time(e, "time", r->time);
	if (p->event_read)
		emit_text(e, "correlation_id", p->event.correlation.p, p->event.correlation.n);
	if (record_event_like(r))
		emit_str(e, "content", content_name[p->content]);
	if (p->variant[0])
		emit_str(e, "variant", p->variant);
	if (p->event_read) {
		buf_init(&b, 6 * r->body_len + 16);
		text_json_raw(&b, r->body, r->body_len);
		emit_raw(e, "body", (char *)b.p, b.len);
		buf_release(&b);
	} else if (r->body == NULL) {
		emit_null(e, "body");
	} else if (utf8_valid(r->body, r->body_len)) {
		emit_text(e, "body_text", (const char *)r->body, r->body_len);
	} else {
		buf_init(&b, 2 * r->body_len + 16);
		base64_of(r->body, r->body_len, &b);
		emit_text(e, "body_base64", (char *)b.p, b.len);
		buf_release(&b);
	}
	emit_aside(e, r);
	emit_end(e);
}

static void
emit_proof(struct emit *e, const struct proven *p, const char *path, const char *text, size_t n)
{
	struct sha256 *s = sha256_new();
	uint8_t d[32] = { 0 };

	emit_object(e, "proof");
	emit_str(e, "path", path);
	emit_u64(e, "bytes", n);
	if (s)
		sha256_once(s, text, n, d);
	sha256_free(s);
	emit_hash(e, "sha256", d);
	if (p->form_why[0] == '\0') {
		emit_str(e, "origin", p->checkpoint.origin);
		emit_u64(e, "size", p->checkpoint.size);
		emit_hash(e, "root", p->checkpoint.root);
		emit_u64(e, "position", p->proof.index);
		emit_hash(e, "leaf", p->leaf);
		emit_u64(e, "hashes", p->proof.path.n);
		emit_str(e, "signed_by", p->signature == SIG_VERIFIED ? p->signer->name : NULL);
		emit_str(e, "key_fingerprint",
		    p->signature == SIG_VERIFIED ? p->signer->fingerprint : NULL);
	}
	emit_end(e);
}

static void
print_json(const struct proven *p, const char *path, const char *text, size_t n,
    const struct evidence *v, struct buf *out)
{
	struct emit e;

	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_str(&e, "verdict", verdict_name[p->exit]);
	emit_u64(&e, "exit", (uint64_t)p->exit);
	emit_array(&e, "headline");
	emit_str(&e, NULL, p->headline);
	emit_end(&e);
	emit_array(&e, "steps");
	for (unsigned i = 0; i < STEPS; i++) {
		emit_object(&e, NULL);
		emit_str(&e, "step", step_name[i]);
		emit_str(&e, "state", state_name[p->step[i].state]);
		emit_str(&e, "why", p->step[i].why);
		emit_end(&e);
	}
	emit_end(&e);
	emit_proof(&e, p, path, text, n);
	if (p->form_why[0] == '\0' && p->record_why == NULL && p->path_leads)
		emit_record(&e, p);
	emit_array(&e, "does_not_tell");
	for (unsigned i = 0; proof_does_not_tell[i]; i++)
		emit_str(&e, NULL, proof_does_not_tell[i]);
	emit_end(&e);
	emit_object(&e, "tool");
	emit_str(&e, "sandbox", sandbox_word[v->confined]);
	emit_end(&e);
	emit_end(&e);
	buf_byte(out, '\n');
	fwrite(out->p, 1, out->len, stdout);
}

/* ---- verify FILE.tlog-proof */

/* Of a log whose key was confirmed only that key counts: another one, though given, is a key that
 * nobody announced (M-2). */
static void
unconfirmed_go(struct evidence *v)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_vkeys; i++) {
		const struct memory_log *l = memory_active(&v->memory, v->vkey[i].name);

		if (l ? memcmp(l->key.key, v->vkey[i].key, 32) == 0 :
			!memory_knows(&v->memory, v->vkey[i].name))
			v->vkey[n++] = v->vkey[i];
	}
	v->n_vkeys = n;
}

/* What the text is, in any form. The exit status. */
static int
tell(struct evidence *v, const char *path, const char *text, size_t n)
{
	struct proof_judges by = { .vkey = v->vkey,
		.n_vkeys = v->n_vkeys,
		.expect = v->expect,
		.n_expects = v->n_expects,
		.hmac = v->hmac,
		.n_hmac = v->n_hmac };
	struct proven *p = calloc(1, sizeof *p);
	struct buf out;
	int status;

	if (p == NULL)
		return err_nomem(&v->err), cli_fail(v->c, &v->err);
	unconfirmed_go(v);
	by.n_vkeys = v->n_vkeys;
	/* a character of an archive may take six of JSON */
	buf_init(&out, 8 * TLOG_MAX);
	if (proven_judge(p, text, n, &by, &v->err)) {
		status = cli_fail(v->c, &v->err);
	} else {
		status = p->exit;
		if (cli_get(v->c, "by-hand") && p->form_why[0] == '\0') {
			proof_by_hand(p, path, &out);
			fwrite(out.p, 1, out.len, stdout);
		} else if (v->c->form == OUT_JSON) {
			print_json(p, path, text, n, v, &out);
		} else {
			print_table(p, path, n, v);
		}
		if (out.failed)
			status = (err_nomem(&v->err), cli_fail(v->c, &v->err));
	}
	buf_release(&out);
	proven_release(p);
	free(p);
	return status;
}

static int
usage(const struct cli *c)
{
	static const char *const of_archives[] = { "each", "peer", "scope", "remember", "threats",
		"note", "stamp", "witness-vkey", "tsa-ca" };

	if (c->n_args != 1)
		return cli_usage(c, "a proof is verified alone: one file");
	for (unsigned i = 0; i < sizeof of_archives / sizeof *of_archives; i++)
		if (cli_get(c, of_archives[i]))
			return cli_usage(
			    c, "--%s is of an archive, and this is a proof", of_archives[i]);
	if (cli_get(c, "by-hand") && cli_get(c, "output"))
		return cli_usage(c, "--by-hand prints commands for a shell: without -o");
	if (cli_get(c, "by-hand") && strcmp(c->arg[0], "-") == 0)
		return cli_usage(c, "-: commands by hand want a file that they can name");
	return 0;
}

int
proof_verify(const struct cli *c)
{
	struct evidence v = { .c = c };
	struct sha256 *probe;
	const char *path = c->arg[0];
	char *text = NULL;
	size_t n = 0;
	int status = usage(c);

	if (status)
		return status;
	/* libcrypto sets itself up while failing is still simple */
	if ((probe = sha256_new()) == NULL)
		err_set(&v.err, EX_SOFTWARE_ERR, "libcrypto cannot be used");
	if (v.err.status || journal_begin(c, &v.err) || given_read(&v) ||
	    (text = file_slurp(path, TLOG_MAX, &n, &v.err)) == NULL)
		status = cli_fail(c, &v.err);
	else if ((status = evidence_confine(&v, c, NULL)) == 0)
		status = given_parse(&v) ? cli_fail(c, &v.err) :
					   tell(&v, strcmp(path, "-") ? path : "stdin", text, n);
	if (text && probe) {
		uint8_t d[32];

		sha256_once(probe, text, n, d);
		journal_file(path, n, d);
	}
	sha256_free(probe);
	free(text);
	evidence_close(&v);
	return status;
}
