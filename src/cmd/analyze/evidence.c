#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/sequence.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/anchors_given.h"
#include "cmd/analyze/journal.h"
#include "cmd/analyze/memory_file.h"
#include "objects/objects.h"
#include "os/os.h"

/* An archive that comes through a pipe is kept in a file without a name while it is judged: it has
 * to be read here and there. */
static int
spool(int from, const char *name, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096];
	static unsigned char piece[1 << 20];
	uint64_t sum = 0;
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof path, "%s/exhibit-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
		(int)sizeof path ||
	    (fd = mkostemp(path, O_CLOEXEC)) < 0)
		return err_errno(
		    e, "a file for %s in %s (TMPDIR)", name, tmp && *tmp ? tmp : "/tmp");
	unlink(path);
	while ((n = read(from, piece, sizeof piece)) != 0) {
		ssize_t done = 0, w;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(e, "%s", name);
			break;
		}
		if ((sum += (uint64_t)n) > EX_MAX_DATABASE) {
			err_set(e, EX_DATA_ERR,
			    "%s: more than %" PRIu64 " bytes: no archive is that large [C-15]",
			    name, EX_MAX_DATABASE);
			break;
		}
		while (done < n && (w = write(fd, piece + done, (size_t)(n - done))) > 0)
			done += w;
		if (done < n) {
			err_errno(e, "what comes from %s, in %s (TMPDIR)", name,
			    tmp && *tmp ? tmp : "/tmp");
			break;
		}
	}
	if (e->status) {
		close(fd);
		return -1;
	}
	return fd;
}

int
evidence_keep_stdin(struct err *e)
{
	struct stat st;
	int fd;

	if (fstat(0, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	if ((fd = spool(0, "stdin", e)) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, 0) < 0)
		err_errno(e, "stdin");
	close(fd);
	return e->status ? -1 : 0;
}

static int
attach_one(struct evidence *v, unsigned i, const char *path)
{
	bool std = strcmp(path, "-") == 0;
	struct attached **ret = &v->attached[i];
	char link[64];
	struct stat st;
	int from = -1, fd = -1;

	if (std) {
		if (fstat(0, &st) == 0 && S_ISREG(st.st_mode) && lseek(0, 0, SEEK_CUR) == 0)
			fd = os_dup(0);
		else if ((fd = spool(0, "stdin", &v->err)) < 0)
			return -1;
	} else if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)) {
		if ((from = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			return err_errno(&v->err, "%s", path);
		fd = spool(from, path, &v->err);
		close(from);
		if (fd < 0)
			return -1;
	}
	if (fd < 0)
		return (*ret = archive_attach(path, path, i, &v->err)) ? 0 : -1;
	/* the descriptor again, with an offset of its own */
	if (os_name_of(fd, link))
		*ret = archive_attach(link, std ? "stdin" : path, i, &v->err);
	else
		err_set(&v->err, EX_USAGE_ERR, "%s: this platform reads only files", path);
	close(fd);
	return *ret ? 0 : -1;
}

int
evidence_attach(struct evidence *v, const struct cli *c, const char *const *path, unsigned n,
    const struct evidence *like)
{
	/* libcrypto sets itself up while failing is still simple */
	struct sha256 *probe = sha256_new();

	memset(v, 0, sizeof *v);
	v->c = c;
	if (probe == NULL)
		return err_set(&v->err, EX_SOFTWARE_ERR, "libcrypto cannot be used"),
		       cli_fail(c, &v->err);
	sha256_free(probe);
	if (n == 0)
		return cli_usage(c, "%s wants an archive: FILE.exhibit", c->verb->name);
	if ((v->archive = calloc(n, sizeof *v->archive)) == NULL ||
	    (v->attached = calloc(n, sizeof *v->attached)) == NULL)
		return err_nomem(&v->err), cli_fail(c, &v->err);
	if (journal_begin(c, &v->err) || (like ? given_copy(v, like) : given_read(v)) ||
	    anchors_read(v, path, n))
		return cli_fail(c, &v->err);
	if (memory_beside(c, path[0]))
		cli_note(
		    c, "the memory lies beside the evidence: who can change one can change both");
	for (unsigned i = 0; i < n; i++) {
		v->n++;
		if (attach_one(v, i, path[i]))
			return cli_fail(c, &v->err);
	}
	return 0;
}

/*
 * A file that its medium does not give is not judged, and the others are (judgement.md J-9). -1:
 * there is no other, or the tool
 * failed otherwise.
 */
static int
unread_medium(struct evidence *v, unsigned i, unsigned *judged)
{
	if (v->err.status != EX_IO_ERR || --*judged == 0)
		return -1;
	archive_give_up(v->archive[i]);
	finding_say(&v->findings, U05_ERROR, i, "the medium", GIVING(TEXT(v->err.text)));
	memset(&v->err, 0, sizeof v->err);
	return 0;
}

/* Is a log among those of the files? */
static bool
of_files(const struct evidence *v, const char *origin)
{
	for (unsigned i = 0; i < v->n; i++)
		if (archive_readable(v->archive[i]) &&
		    strcmp(archive_origin(v->archive[i]), origin) == 0)
			return true;
	return false;
}

/* Who vouches for the files: keys and checkpoints that were given, and what the memory holds of
 * their logs; what it holds of others is no key that did not sign here. */
static int
vouch(struct evidence *v)
{
	struct vkey *key = calloc(v->n_vkeys + 1, sizeof *key);
	unsigned n = 0;
	int rc;

	if (key == NULL)
		return err_nomem(&v->err);
	for (unsigned i = 0; i < v->n_vkeys; i++)
		if (i < v->n_given_vkeys || of_files(v, v->vkey[i].name))
			key[n++] = v->vkey[i];
	rc = memory_expects(&v->memory, v->archive, v->n, &v->expect, &v->n_expects, &v->err) ||
		vouch_judge(
		    v->archive, v->n, key, n, v->expect, v->n_expects, &v->findings, &v->err) ?
	    -1 :
	    0;
	if (rc == 0)
		memory_judge(&v->memory, v->archive, v->n, &v->findings);
	v->any_key = n > 0;
	free(key);
	return rc ? -1 : v->findings.failed ? err_nomem(&v->err) : 0;
}

int
evidence_authenticate(struct evidence *v)
{
	unsigned judged = v->n;

	if (given_parse(v) || anchors_parse(v))
		return cli_fail(v->c, &v->err);
	for (unsigned i = 0; i < v->n; i++) {
		struct attached *file = v->attached[i];

		v->attached[i] = NULL;
		if (archive_open(file, v->vkey, v->n_vkeys, &v->findings, &v->archive[i], &v->err) <
			0 &&
		    (v->archive[i] == NULL || unread_medium(v, i, &judged)))
			return cli_fail(v->c, &v->err);
	}
	anchors_bind(v);
	sequence_sort(v->archive, v->n, &v->findings);
	if (sequence_check(v->archive, v->n, &v->findings, &v->err) ||
	    (nomem_noted() && err_nomem(&v->err)))
		return cli_fail(v->c, &v->err);
	if (vouch(v) || anchors_date(v))
		return cli_fail(v->c, &v->err);
	return 0;
}

int
evidence_confine(struct evidence *v, const struct cli *c, const struct sandbox_may *may)
{
	const char *sandbox = cli_get(c, "sandbox");

	/* what stands in a buffer was printed before, and must not be printed twice */
	fflush(stdout);
	if (sandbox_enter(sandbox == NULL || strcmp(sandbox, "on") == 0, may, &v->confined,
		v->sandbox, &v->err))
		return cli_fail(c, &v->err);
	if (v->confined != SANDBOX_FULL)
		cli_note(c, "sandbox: %s: %s", sandbox_word[v->confined], v->sandbox);
	return 0;
}

int
evidence_open(struct evidence *v, const struct cli *c, const struct sandbox_may *may)
{
	int status = evidence_attach(v, c, c->arg, c->n_args, NULL);

	if (status == 0)
		status = evidence_confine(v, c, may);
	return status ? status : evidence_authenticate(v);
}

void
evidence_close(struct evidence *v)
{
	journal_evidence(v);
	for (unsigned i = 0; i < v->n; i++) {
		archive_close(v->archive[i]);
		attached_close(v->attached[i]);
	}
	for (unsigned i = 0; i < v->n_hmac; i++)
		free((char *)v->hmac[i].p);
	free(v->hmac);
	free(v->hmac_read);
	for (unsigned i = 0; i < v->n_sides; i++)
		free(v->side[i].text);
	free(v->side);
	free(v->vkey);
	free(v->expect);
	anchors_release(v);
	memory_release(&v->memory);
	free(v->archive);
	free(v->attached);
	limits_release(&v->limits);
	findings_release(&v->findings);
}

/* Says which keys fit only read another way than their files hold them, and puts such a reading
 * first, for those who take one key. */
static void
hmac_tell(struct evidence *v, const struct verification *x)
{
	uint64_t fits[64] = { 0 };
	unsigned best = 0;

	for (uint64_t i = 0; i < x->rows.events; i++)
		if (x->rows.event[i].key >= 0 && (unsigned)x->rows.event[i].key < v->n_hmac &&
		    x->rows.event[i].key < 64)
			fits[x->rows.event[i].key]++;
	for (unsigned i = 0; i < v->n_hmac && i < 64; i++) {
		if (v->hmac_read[i].words == NULL || fits[i] == 0)
			continue;
		cli_note(v->c,
		    "--hmac-key-file %.200s: its key is read %s: %" PRIu64 " rows fit it",
		    cli_nth(v->c, "hmac-key-file", v->hmac_read[i].given), v->hmac_read[i].words,
		    fits[i]);
		if (v->hmac_read[i].given == 0 && fits[i] > fits[best])
			best = i;
	}
	v->first_key = best;
}

/* The period of a policy is the scope of verify, which judges it by itself; other verbs count in
 * it. */
static bool
period_is_scope(const struct evidence *v)
{
	return strcmp(v->c->verb->name, "verify") == 0;
}

/* When the auditor confirmed the keys that signed, if all of them are of the memory: of the first
 * of them. */
static const char *
confirmed(const struct evidence *v)
{
	const char *first = NULL;

	for (unsigned i = 0; i < v->n; i++) {
		const struct vkey *signer = archive_signer(v->archive[i]);
		const struct memory_log *l;

		if (signer == NULL)
			continue;
		l = memory_active(&v->memory, archive_origin(v->archive[i]));
		if (l == NULL || memcmp(l->key.key, signer->key, 32))
			return NULL;
		first = first ? first : l->confirmed;
	}
	return first;
}

int
evidence_verify(struct evidence *v, struct verification *ret)
{
	const char *scope = cli_get(v->c, "scope");
	struct period within;

	memset(ret, 0, sizeof *ret);
	ret->archive = v->archive;
	ret->n_archives = v->n;
	ret->hmac = v->hmac;
	ret->n_hmac = v->n_hmac;
	ret->key_rollout = v->key_rollout;
	ret->expect = v->expect;
	ret->n_expects = v->n_expects;
	ret->any_vkey = v->any_key;
	ret->confirmed = confirmed(v);
	ret->dates = &v->dates;
	if (scope ? period_parse(scope, &within) :
		    period_is_scope(v) && evidence_period(v, &within)) {
		ret->scoped = true;
		ret->scope_from = within.from;
		ret->scope_to = within.to;
	}
	ret->threads = os_cpus();
	ret->findings = v->findings;
	memset(&v->findings, 0, sizeof v->findings);
	if (verify_judge(ret, &v->err) || objects_check(ret, &v->err) ||
	    dead_letters_check(ret, &v->err) || (nomem_noted() && err_nomem(&v->err)))
		return cli_fail(v->c, &v->err);
	verdict_make(ret);
	findings_by_level(&ret->findings);
	hmac_tell(v, ret);
	return 0;
}

/* An alarm about the container around records that the seal proves is a banner: what is read is as
 * it was sealed (J-5). */
static bool
of_container(const struct evidence *v, const struct finding *f)
{
	bool around = f->id == F_A01 || f->id == F_A02 || f->id == F_A03 || f->id == F_A04 ||
	    f->id == F_A05 || f->id == F_A06;

	return around && f->file < v->n && archive_readable(v->archive[f->file]) &&
	    archive_vouched(v->archive[f->file]) == VOUCHED_KEY;
}

int
evidence_status(const struct evidence *v)
{
	int status = EX_OK;

	/* an unproven origin, and what is missing, are said in the banner; what was asked for was
	 * still done */
	for (unsigned i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.f[i];
		int forces = finding_info[f->id].forces.status;

		if ((forces == EX_ALTERED && !of_container(v, f)) || forces == EX_CONFLICT ||
		    forces == EX_UNREADABLE)
			status = status_worse(status, forces);
	}
	return status;
}

bool
evidence_period(const struct evidence *v, struct period *ret)
{
	if (period_asked(v->c, ret))
		return true;
	if (v->period_declared)
		*ret = v->period;
	return v->period_declared;
}

void
period_put(struct buf *out, const struct cli *c, const struct period *p)
{
	struct period asked;

	if (p->from == INT64_MIN && p->to == INT64_MAX)
		return;
	buf_str(out, "period      ");
	if (p->from == INT64_MIN)
		buf_str(out, "no beginning");
	else
		utc_print(out, UTC_REST, p->from, 0);
	buf_str(out, " until before ");
	if (p->to == INT64_MAX)
		buf_str(out, "no end");
	else
		utc_print(out, UTC_REST, p->to, 0);
	buf_printf(out, "%s\n", period_asked(c, &asked) ? "" : ", of the policy");
}

int
evidence_limits(struct evidence *v, bool all)
{
	struct period within;
	uint64_t damaged = 0;

	for (unsigned i = 0; i < v->n; i++)
		damaged += archive_damaged_blocks(v->archive[i]);
	if (v->limits_known && damaged == v->limits_damaged && (v->limits_whole || !all))
		return 0;
	limits_release(&v->limits);
	v->limits_known = true;
	v->limits_whole |= all;
	if (limits_collect(&v->limits, v->archive, v->n, all, &v->err))
		return cli_fail(v->c, &v->err);
	v->limits_damaged = 0;
	for (unsigned i = 0; i < v->n; i++)
		v->limits_damaged += archive_damaged_blocks(v->archive[i]);
	if (!period_is_scope(v) && evidence_period(v, &within) &&
	    limits_cover(&v->limits, v->archive, v->n, within.from, within.to)) {
		err_nomem(&v->err);
		return cli_fail(v->c, &v->err);
	}
	return 0;
}

void
evidence_put_limits(struct evidence *v, struct buf *out)
{
	struct emit e;

	if (out->failed || out->len < 2 || evidence_limits(v, false))
		return;
	out->len -= 2; /* the brace and the line feed */
	emit_within(&e, out);
	emit_array(&e, "limits");
	limits_put(&v->limits, &e);
	emit_end(&e);
	buf_str(out, "}\n");
}

void
evidence_begin_list(const char *name)
{
	struct emit e;
	struct buf b;

	buf_init(&b, 4096);
	emit_init(&e, &b);
	emit_object(&e, NULL);
	emit_array(&e, name);
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

void
evidence_end_list(struct evidence *v)
{
	struct buf b;

	buf_init(&b, 64u << 20);
	buf_str(&b, "]}\n");
	evidence_put_limits(v, &b);
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
}

/* What the inputs of a file say of it (R-15 `withheld`). */
static uint64_t
withheld_rows(const struct archive *a)
{
	const struct json_doc *m = archive_manifest(a);
	uint64_t sum = 0, n;

	for (uint32_t i = archive_inputs(a); i != JSON_NONE; i = m->node[i].next)
		if (m->node[i].type == JSON_OBJECT && json_u64(m, i, "withheld", &n))
			sum += n;
	return sum;
}

static bool
told_above(const struct findings *l, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (l->f[k].id == l->f[i].id && l->f[k].file == l->f[i].file &&
		    strcmp(l->f[k].sentence, l->f[i].sentence) == 0)
			return true;
	return false;
}

int
evidence_banner(struct evidence *v)
{
	bool shown = false;

	for (unsigned i = 0; i < v->findings.n && i < 8; i++) {
		const struct finding *f = &v->findings.f[i];
		enum finding_level l = finding_info[f->id].level;

		/* a damaged block is met by every reading of it */
		if (l == LEVEL_NOTE || told_above(&v->findings, i))
			continue;
		cli_note(v->c, "%s: %s [%s]",
		    l == LEVEL_ALARM          ? "ALTERED" :
			l == LEVEL_UNREADABLE ? "UNREADABLE" :
						"not proven",
		    f->sentence, finding_info[f->id].id);
		shown = true;
	}
	for (unsigned i = 0; i < v->n; i++) {
		uint64_t n = withheld_rows(v->archive[i]);

		if (n)
			cli_note(v->c,
			    "values of %" PRIu64 " rows were withheld when %s was made: what is "
			    "shown in "
			    "their place is a mark or a mask, "
			    "and rules that compare such values prove nothing [R-22]",
			    n, archive_name(v->archive[i]));
	}
	if (evidence_limits(v, false))
		return EX_IO_ERR;
	for (unsigned i = 0; i < v->limits.n; i++) {
		struct buf b;

		buf_init(&b, 8192);
		text_plain(&b, v->limits.l[i].sentence, strlen(v->limits.l[i].sentence));
		cli_note(v->c, "%s: %.*s", limit_called(&v->limits.l[i]), (int)b.len,
		    b.p ? (char *)b.p : "");
		buf_release(&b);
		shown = true;
	}
	if (v->limits.unread_events)
		cli_note(v->c, "%" PRIu64 " events could not be read; nothing here rests on them",
		    v->limits.unread_events);
	if (shown)
		cli_note(v->c, "for the whole judgement: exhibit verify %s", v->c->arg[0]);
	/* a count of a period that was not looked at whole is a lower bound, whatever it is
	 * (J-2) */
	return status_worse(evidence_status(v), v->limits.uncovered ? EX_INCOMPLETE : EX_OK);
}
