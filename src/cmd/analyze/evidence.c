#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "approval/parameters.h"
#include "archive/sequence.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "objects/objects.h"

unsigned
cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	return (unsigned)(CPU_COUNT(&set) > 16 ? 16 : CPU_COUNT(&set));
}

/* ---- the auditor's own inputs: read before the sandbox is entered, parsed inside it */

#define SIDE_MAX 65536u
#define POLICY_MAX (4u << 20)

static int
side_add(struct evidence *v, const char *option, const char *given, char *text, size_t n)
{
	struct given *p = text ? realloc(v->side, (v->n_sides + 1) * sizeof *p) : NULL;

	if (p == NULL) {
		free(text);
		return err_nomem(&v->err);
	}
	v->side = p;
	p[v->n_sides++] = (struct given){ option, given, text, n };
	return 0;
}

/* A key or a checkpoint may stand on the command line itself; what can be opened is a file. */
static bool
side_is_text(const char *option, const char *given)
{
	if (strcmp(given, "-") == 0 || access(given, R_OK) == 0)
		return false;
	return strcmp(option, "vkey") == 0 ? strchr(given, '+') != NULL : strcmp(option, "expect") == 0 && strpbrk(given, " \t") != NULL;
}

static int
sides_read(struct evidence *v)
{
	static const char *const option[] = { "vkey", "hmac-key-file", "expect", "policy" };
	const char *given;

	for (unsigned k = 0; k < sizeof option / sizeof *option; k++)
		for (unsigned i = 0; (given = cli_nth(v->c, option[k], i)) != NULL; i++) {
			bool text = side_is_text(option[k], given);
			size_t n = strlen(given);
			char *p = text ? strdup(given) : file_slurp(given, k == 3 ? POLICY_MAX : SIDE_MAX, &n, &v->err);

			if (p == NULL && !text)
				return -1;
			if (side_add(v, option[k], given, p, n))
				return -1;
		}
	return 0;
}

static int
sides_copy(struct evidence *v, const struct evidence *like)
{
	for (unsigned i = 0; i < like->n_sides; i++) {
		const struct given *s = &like->side[i];
		char *p = malloc(s->n + 1);

		if (p)
			memcpy(p, s->text, s->n + 1);
		if (side_add(v, s->option, s->given, p, s->n))
			return -1;
	}
	return 0;
}

const struct given *
evidence_given(const struct evidence *v, const char *option)
{
	for (unsigned i = 0; i < v->n_sides; i++)
		if (strcmp(v->side[i].option, option) == 0)
			return &v->side[i];
	return NULL;
}

/* Puts where an error stands before its text. */
static int
side_error(struct evidence *v, const struct given *s, unsigned line)
{
	char was[700], place[32] = "";

	snprintf(was, sizeof was, "%.690s", v->err.text);
	if (line)
		snprintf(place, sizeof place, ", line %u", line);
	snprintf(v->err.text, sizeof v->err.text, "--%s %.200s%s: %s", s->option, s->given, place, was);
	return -1;
}

/* The lines of a text as somebody's editor saved it, without blanks around them; empty ones are passed over. */
struct lines {
	struct buf text;
	char *next;
	unsigned no;
};

static int
lines_open(struct lines *l, struct evidence *v, const struct given *s)
{
	struct buf decoded;

	buf_init(&l->text, 2 * SIDE_MAX + 16);
	l->next = NULL;
	l->no = 0;
	if (!text_unwrap(s->text, s->n, &l->text)) {
		err_set(&v->err, EX_DATA_ERR, "it looks like UTF-16, and is not: unpaired halves");
		return side_error(v, s, 0);
	}
	if (memchr(l->text.p ? l->text.p : (unsigned char *)"", '\0', l->text.len)) {
		err_set(&v->err, EX_DATA_ERR, "a NUL byte: this is no text");
		return side_error(v, s, 0);
	}
	buf_init(&decoded, 2 * SIDE_MAX + 16);
	if (text_unbase64(l->text.p, l->text.len, &decoded)) {
		buf_clear(&l->text);
		buf_put(&l->text, decoded.p, decoded.len);
	}
	buf_release(&decoded);
	buf_byte(&l->text, '\0');
	if (l->text.failed)
		return err_nomem(&v->err);
	l->next = (char *)l->text.p;
	return 0;
}

static char *
line_next(struct lines *l)
{
	while (l->next) {
		char *p = strsep(&l->next, "\n"), *end;

		l->no++;
		p += strspn(p, " \t\r");
		for (end = p + strlen(p); end > p && strchr(" \t\r", end[-1]); end--)
			;
		*end = '\0';
		if (*p)
			return p;
	}
	return NULL;
}

/* --vkey FILE-OR-TEXT: a key a line. */
static int
parse_vkeys(struct evidence *v, const struct given *s)
{
	struct lines l;
	unsigned here = 0;
	char *line;
	int rc = lines_open(&l, v, s);

	while (rc == 0 && (line = line_next(&l)) != NULL) {
		struct vkey *p = realloc(v->vkey, (v->n_vkeys + 1) * sizeof *p);

		if (p == NULL) {
			rc = err_nomem(&v->err);
			break;
		}
		v->vkey = p;
		if (vkey_parse(&v->vkey[v->n_vkeys], line, strlen(line), &v->err))
			rc = side_error(v, s, here || l.no > 1 ? l.no : 0);
		else
			v->n_vkeys++, here++;
	}
	if (rc == 0 && here == 0) {
		err_set(&v->err, EX_DATA_ERR, "no key in it: it is empty");
		rc = side_error(v, s, 0);
	}
	buf_release(&l.text);
	return rc;
}

int
evidence_key(struct evidence *v, const char *given)
{
	size_t n = strlen(given);
	char *p;

	p = side_is_text("vkey", given) ? strdup(given) : file_slurp(given, SIDE_MAX, &n, &v->err);
	if (v->err.status || side_add(v, "vkey", given, p, n) || evidence_confine(v, v->c, NULL))
		return -1;
	return parse_vkeys(v, &v->side[0]);
}

/* ---- keys of the source: their characters. A file may hold them as somebody saved them, so other readings are tried beside. */

static int
hmac_add(struct evidence *v, const void *p, size_t n, unsigned given, const char *words)
{
	struct str *k;
	struct reading_of *r;

	/* the same characters read another way are no other key */
	for (unsigned i = 0; i < v->n_hmac; i++)
		if (words && v->hmac[i].n == n && memcmp(v->hmac[i].p, p, n) == 0)
			return 0;
	if ((k = realloc(v->hmac, (v->n_hmac + 1) * sizeof *k)) != NULL)
		v->hmac = k;
	if (k == NULL || (r = realloc(v->hmac_read, (v->n_hmac + 1) * sizeof *r)) == NULL)
		return err_nomem(&v->err);
	v->hmac_read = r;
	if ((v->hmac[v->n_hmac].p = malloc(n + 1)) == NULL)
		return err_nomem(&v->err);
	memcpy((char *)v->hmac[v->n_hmac].p, p, n);
	v->hmac[v->n_hmac].n = n;
	r[v->n_hmac++] = (struct reading_of){ given, words };
	return 0;
}

static bool
printable(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') || p[i] > 0x7e)
			return false;
	return n > 0;
}

/* What else the characters may be: without what an editor added, the value of `hmacKey: …` (as the source's Secret has it), either of them in base64. */
static int
hmac_readings(struct evidence *v, const struct given *s, unsigned given)
{
	struct buf text, decoded;
	const char *p, *end, *key;
	int rc = 0;

	buf_init(&text, 2 * SIDE_MAX + 16);
	buf_init(&decoded, 2 * SIDE_MAX + 16);
	if (text_unwrap(s->text, s->n, &text))
		for (unsigned pass = 0; pass < 2 && rc == 0; pass++) {
			buf_byte(&text, '\0');
			p = (char *)text.p;
			for (end = p + strlen(p); end > p && strchr(" \t\r\n", end[-1]); end--)
				;
			p += strspn(p, " \t\r\n");
			if (end <= p)
				break;
			rc = hmac_add(v, p, (size_t)(end - p), given, pass ? "decoded from base64" : "without the byte order mark, line ends or blanks around it");
			if (rc == 0 && (key = strstr(p, "hmacKey:")) != NULL) {
				const char *value = key + 8 + strspn(key + 8, " \t\"'");
				size_t n = strcspn(value, " \t\r\n\"'");

				if (n)
					rc = hmac_add(v, value, n, given, "as the value of hmacKey");
			}
			buf_clear(&decoded);
			if (rc || pass || !base64_to(p, (size_t)(end - p), &decoded) || !printable(decoded.p, decoded.len))
				break;
			buf_clear(&text);
			buf_put(&text, decoded.p, decoded.len);
		}
	buf_release(&text);
	buf_release(&decoded);
	return rc;
}

static int
parse_hmacs(struct evidence *v)
{
	unsigned given = 0;

	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];
		size_t n = s->n;

		if (strcmp(s->option, "hmac-key-file"))
			continue;
		if (n && s->text[n - 1] == '\n')
			n--;                           /* one trailing newline is the file's, not the key's */
		if (n == 0 || s->text[strspn(s->text, " \t\r\n")] == '\0') {
			err_set(&v->err, EX_USAGE_ERR, "the file is empty: there is no key in it");
			return side_error(v, s, 0);
		}
		if (hmac_add(v, s->text, n, given++, NULL))
			return -1;
	}
	given = 0;
	for (unsigned i = 0; i < v->n_sides; i++)
		if (strcmp(v->side[i].option, "hmac-key-file") == 0 && hmac_readings(v, &v->side[i], given++))
			return -1;
	return 0;
}

/* ---- expected checkpoints */

#define EXPECT_WANTED "want `origin size root` as archive prints it, or a file with such lines or a signed checkpoint"

static bool
lower_hex(const char *s, char out[65])
{
	for (unsigned i = 0; i < 64; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
	out[64] = '\0';
	return true;
}

/* One checkpoint; the root in hex of any case, or in base64. */
static int
expect_add(struct evidence *v, const struct given *s, unsigned line, const char *origin, const char *size, const char *root)
{
	struct expect *p = realloc(v->expect, (v->n_expects + 1) * sizeof *p), x = { 0 };
	struct buf b;
	char hex[65];
	bool ok;

	if (p == NULL)
		return err_nomem(&v->err);
	v->expect = p;
	buf_init(&b, 64);
	if (!note_name_ok(origin, strlen(origin)))
		err_set(&v->err, EX_USAGE_ERR, "no origin: %.100s; " EXPECT_WANTED, origin);
	else if (!dec_u64(size, strlen(size), &x.c.size))
		err_set(&v->err, EX_USAGE_ERR, "no size: %.100s; " EXPECT_WANTED, size);
	else if (x.c.size == 0)
		err_set(&v->err, EX_USAGE_ERR, "a checkpoint of size 0 is in every log of that name and proves nothing");
	if (v->err.status == 0) {
		if (strlen(root) == 64)
			ok = lower_hex(root, hex) && hex_to(hex, 64, x.c.root);
		else if ((ok = base64_to(root, strlen(root), &b) && b.len == 32) == true)
			memcpy(x.c.root, b.p, 32);
		if (!ok)
			err_set(&v->err, EX_USAGE_ERR, "no root: %.100s (64 hex digits, or base64 of 32 bytes); " EXPECT_WANTED, root);
	}
	buf_release(&b);
	if (v->err.status)
		return side_error(v, s, line);
	snprintf(x.c.origin, sizeof x.c.origin, "%s", origin);
	v->expect[v->n_expects++] = x;
	return 0;
}

/* Lines `[checkpoint:] origin size root`, or a note: origin, size and root on lines of their own, and signatures. */
static int
parse_expects(struct evidence *v, const struct given *s)
{
	struct lines l;
	char *line, *w[5], *save, *note[3];
	unsigned n, here = 0, n_note = 0;
	int rc = lines_open(&l, v, s);

	while (rc == 0 && n_note < 3 && (line = line_next(&l)) != NULL) {
		for (n = 0, line = strtok_r(line, " \t", &save); line && n < 5; line = strtok_r(NULL, " \t", &save))
			if (n || here || n_note || strcasecmp(line, "checkpoint:"))
				w[n++] = line;
		if (n == 4 && strcasecmp(w[0], "checkpoint:") == 0)
			memmove(w, w + 1, 3 * sizeof *w), n = 3;
		if (n == 3 && n_note == 0) {
			rc = expect_add(v, s, here || l.no > 1 ? l.no : 0, w[0], w[1], w[2]);
			here++;
		} else if (n == 1 && here == 0) {
			note[n_note++] = w[0];
		} else if (n) {
			err_set(&v->err, EX_USAGE_ERR, EXPECT_WANTED);
			rc = side_error(v, s, l.no);
		}
	}
	/* what follows the three lines of a note is signed by it, or signs it; it is not needed to compare */
	if (rc == 0 && n_note == 3)
		rc = expect_add(v, s, 0, note[0], note[1], note[2]);
	else if (rc == 0 && here == 0) {
		err_set(&v->err, EX_USAGE_ERR, EXPECT_WANTED);
		rc = side_error(v, s, 0);
	}
	buf_release(&l.text);
	return rc;
}

/* The keys that the policy vouches for; one of a log for which --vkey gives another is a mistake that nobody but the auditor can mend. */
static int
parse_policy_keys(struct evidence *v, const struct given *s)
{
	struct parameters p;
	unsigned n = v->n_vkeys;
	char why[300];
	int rc;

	parameters_default(&p);
	if ((rc = parameters_read(&p, s->text, s->n, why)) > 0)
		err_set(&v->err, EX_DATA_ERR, "%.300s: %.250s", s->given, why);
	else if (rc < 0)
		err_nomem(&v->err);
	for (unsigned i = 0; i < p.vkeys.n && v->err.status == 0; i++) {
		struct vkey *k = realloc(v->vkey, (v->n_vkeys + 1) * sizeof *k);

		if (k == NULL) {
			err_nomem(&v->err);
			break;
		}
		v->vkey = k;
		k += v->n_vkeys;
		if (vkey_parse(k, p.vkeys.w[i], strlen(p.vkeys.w[i]), &v->err)) {
			side_error(v, s, 0);
			break;
		}
		for (unsigned j = 0; j < n && v->err.status == 0; j++)
			if (strcmp(v->vkey[j].name, k->name) == 0 && memcmp(v->vkey[j].key, k->key, 32))
				err_set(&v->err, EX_USAGE_ERR, "--vkey and the policy name different keys for the log %.200s: %s and %s", k->name, v->vkey[j].fingerprint, k->fingerprint);
		v->n_vkeys++;
	}
	parameters_release(&p);
	return v->err.status ? -1 : 0;
}

static int
sides_parse(struct evidence *v)
{
	const struct given *policy = evidence_given(v, "policy");

	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];

		if ((strcmp(s->option, "vkey") == 0 && parse_vkeys(v, s)) || (strcmp(s->option, "expect") == 0 && parse_expects(v, s)))
			return -1;
	}
	return (policy && parse_policy_keys(v, policy)) || parse_hmacs(v) ? -1 : 0;
}

/* ---- archives */

/* An archive that comes through a pipe is kept in a file without a name while it is judged: it has to be read here and there. */
static int
spool(int from, const char *name, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096];
	static unsigned char piece[1 << 20];
	uint64_t sum = 0;
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof path, "%s/exhibit-XXXXXX", tmp && *tmp ? tmp : "/tmp") >= (int)sizeof path || (fd = mkostemp(path, O_CLOEXEC)) < 0)
		return err_errno(e, "a file for %s in %s (TMPDIR)", name, tmp && *tmp ? tmp : "/tmp");
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
			err_set(e, EX_DATA_ERR, "%s: more than %llu bytes: no archive is that large [C-15]", name, (unsigned long long)EX_MAX_DATABASE);
			break;
		}
		while (done < n && (w = write(fd, piece + done, (size_t)(n - done))) > 0)
			done += w;
		if (done < n) {
			err_errno(e, "what comes from %s, in %s (TMPDIR)", name, tmp && *tmp ? tmp : "/tmp");
			break;
		}
	}
	if (e->status) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
attach_one(struct evidence *v, unsigned i, const char *path)
{
	bool std = strcmp(path, "-") == 0;
	struct archive *a = &v->archive[i];
	char link[64];
	struct stat st;
	int from = -1, fd = -1, rc;

	if (std) {
		if (fstat(0, &st) == 0 && S_ISREG(st.st_mode) && lseek(0, 0, SEEK_CUR) == 0)
			fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
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
		return archive_attach(a, path, i, &v->err);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	rc = archive_attach(a, link, i, &v->err);
	a->path = std ? "stdin" : path;
	close(fd);
	return rc;
}

int
evidence_attach(struct evidence *v, const struct cli *c, const char *const *path, unsigned n, const struct evidence *like)
{
	struct sha256 *probe = sha256_new();           /* libcrypto sets itself up while failing is still simple */

	memset(v, 0, sizeof *v);
	v->c = c;
	if (probe == NULL)
		return err_set(&v->err, EX_SOFTWARE_ERR, "libcrypto cannot be used"), cli_fail(c, &v->err);
	sha256_free(probe);
	if (n == 0)
		return cli_usage(c, "%s wants an archive: FILE.exhibit", c->verb->name);
	if ((v->archive = calloc(n, sizeof *v->archive)) == NULL)
		return err_nomem(&v->err), cli_fail(c, &v->err);
	if (like ? sides_copy(v, like) : sides_read(v))
		return cli_fail(c, &v->err);
	for (unsigned i = 0; i < n; i++) {
		v->n++;
		if (attach_one(v, i, path[i]))
			return cli_fail(c, &v->err);
	}
	return 0;
}

/*
 * A file that its medium does not give is not judged, and the others are (judgement.md J-9). -1: there is no other, or the tool
 * failed otherwise.
 */
static int
unread_medium(struct evidence *v, unsigned i, unsigned *judged)
{
	if (v->err.status != EX_IO_ERR || --*judged == 0)
		return -1;
	v->archive[i].unread = true;
	v->archive[i].readable = false;
	finding_add(&v->findings, F_U05, i, "the medium", "%s", v->err.text);
	memset(&v->err, 0, sizeof v->err);
	return 0;
}

int
evidence_authenticate(struct evidence *v)
{
	unsigned judged = v->n;

	if (sides_parse(v))
		return cli_fail(v->c, &v->err);
	for (unsigned i = 0; i < v->n; i++)
		if (archive_authenticate(&v->archive[i], v->vkey, v->n_vkeys, &v->findings, &v->err) && unread_medium(v, i, &judged))
			return cli_fail(v->c, &v->err);
	sequence_sort(v->archive, v->n, &v->findings);
	if (sequence_check(v->archive, v->n, &v->findings, &v->err) || (nomem_noted() && err_nomem(&v->err)))
		return cli_fail(v->c, &v->err);
	if (vouch_judge(v->archive, v->n, v->vkey, v->n_vkeys, v->expect, v->n_expects, &v->findings, &v->err))
		return cli_fail(v->c, &v->err);
	return 0;
}

int
evidence_confine(struct evidence *v, const struct cli *c, const struct sandbox_may *may)
{
	const char *sandbox = cli_get(c, "sandbox");

	/* what stands in a buffer was printed before, and must not be printed twice */
	fflush(stdout);
	if (sandbox_enter(sandbox == NULL || strcmp(sandbox, "on") == 0, may, &v->confined, v->sandbox, &v->err))
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
	for (unsigned i = 0; i < v->n; i++)
		archive_detach(&v->archive[i]);
	for (unsigned i = 0; i < v->n_hmac; i++)
		free((char *)v->hmac[i].p);
	free(v->hmac);
	free(v->hmac_read);
	for (unsigned i = 0; i < v->n_sides; i++)
		free(v->side[i].text);
	free(v->side);
	free(v->vkey);
	free(v->expect);
	free(v->archive);
	limits_release(&v->limits);
	findings_release(&v->findings);
}

/* Says which keys fit only read another way than their files hold them, and puts such a reading first, for those who take one key. */
static void
hmac_tell(struct evidence *v, const struct verification *x)
{
	uint64_t fits[64] = { 0 };
	unsigned best = 0;

	for (uint64_t i = 0; i < x->events; i++)
		if (x->event[i].key >= 0 && (unsigned)x->event[i].key < v->n_hmac && x->event[i].key < 64)
			fits[x->event[i].key]++;
	for (unsigned i = 0; i < v->n_hmac && i < 64; i++) {
		if (v->hmac_read[i].words == NULL || fits[i] == 0)
			continue;
		cli_note(v->c, "--hmac-key-file %.200s: its key is read %s: %llu rows fit it", cli_nth(v->c, "hmac-key-file", v->hmac_read[i].given),
		    v->hmac_read[i].words, (unsigned long long)fits[i]);
		if (v->hmac_read[i].given == 0 && fits[i] > fits[best])
			best = i;
	}
	v->first_key = best;
}

int
evidence_verify(struct evidence *v, struct verification *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->archive = v->archive;
	ret->n_archives = v->n;
	ret->hmac = v->hmac;
	ret->n_hmac = v->n_hmac;
	ret->key_rollout = v->key_rollout;
	ret->expect = v->expect;
	ret->n_expects = v->n_expects;
	ret->any_vkey = v->n_vkeys > 0;
	ret->threads = cpu_count();
	ret->findings = v->findings;
	memset(&v->findings, 0, sizeof v->findings);
	if (verify_run(ret, &v->err) || objects_check(ret, &v->err) || dead_letters_check(ret, &v->err) || (nomem_noted() && err_nomem(&v->err)))
		return cli_fail(v->c, &v->err);
	hmac_tell(v, ret);
	return 0;
}

/* An alarm about the container around records that the seal proves is a banner: what is read is as it was sealed (J-5). */
static bool
of_container(const struct evidence *v, const struct finding *f)
{
	bool around = f->id == F_A01 || f->id == F_A02 || f->id == F_A03 || f->id == F_A04 || f->id == F_A05 || f->id == F_A06;

	return around && f->file < v->n && v->archive[f->file].readable && v->archive[f->file].vouched == VOUCHED_KEY;
}

int
evidence_status(const struct evidence *v)
{
	int status = EX_OK;

	/* an unproven origin, and what is missing, are said in the banner; what was asked for was still done */
	for (unsigned i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.f[i];
		int forces = finding_info[f->id].forces.status;

		if ((forces == EX_ALTERED && !of_container(v, f)) || forces == EX_CONFLICT || forces == EX_UNREADABLE)
			status = status_worse(status, forces);
	}
	return status;
}

int
evidence_limits(struct evidence *v, bool all)
{
	if (v->limits_known)
		return 0;
	v->limits_known = true;
	return limits_collect(&v->limits, v->archive, v->n, all, &v->err) ? cli_fail(v->c, &v->err) : 0;
}

void
evidence_put_limits(struct evidence *v, struct buf *out)
{
	if (out->failed || out->len < 2 || evidence_limits(v, false))
		return;
	out->len -= 2;                             /* the brace and the line feed */
	buf_str(out, ",\"limits\":");
	limits_json(&v->limits, out);
	buf_str(out, "}\n");
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
	uint64_t sum = 0, n;

	if (!a->manifest_ok)
		return 0;
	for (uint32_t i = json_first_of(&a->manifest, 0, "inputs"); i != JSON_NONE; i = a->manifest.node[i].next)
		if (a->manifest.node[i].type == JSON_OBJECT && json_u64(&a->manifest, i, "withheld", &n))
			sum += n;
	return sum;
}

int
evidence_banner(struct evidence *v)
{
	bool shown = false;

	for (unsigned i = 0; i < v->findings.n && i < 8; i++) {
		const struct finding *f = &v->findings.f[i];
		enum finding_level l = finding_info[f->id].level;
		struct buf b;

		if (l == LEVEL_NOTE)
			continue;
		buf_init(&b, 8192);
		text_plain(&b, f->sentence, strlen(f->sentence));
		fprintf(stderr, "%s: %s: %.*s [%s]\n", v->c->program->name, l == LEVEL_ALARM ? "ALTERED" : l == LEVEL_UNREADABLE ? "UNREADABLE" : "not proven", (int)b.len,
		    b.p, finding_info[f->id].id);
		buf_release(&b);
		shown = true;
	}
	for (unsigned i = 0; i < v->n; i++) {
		uint64_t n = withheld_rows(&v->archive[i]);

		if (n)
			cli_note(v->c, "values of %llu rows were withheld when %s was made: what is shown in their place is a mark or a mask, "
			    "and rules that compare such values prove nothing [R-22]", (unsigned long long)n, archive_name(&v->archive[i]));
	}
	if (evidence_limits(v, false))
		return EX_IO_ERR;
	for (unsigned i = 0; i < v->limits.n; i++) {
		struct buf b;

		buf_init(&b, 8192);
		text_plain(&b, v->limits.l[i].sentence, strlen(v->limits.l[i].sentence));
		cli_note(v->c, "known to be missing: %.*s", (int)b.len, b.p ? (char *)b.p : "");
		buf_release(&b);
		shown = true;
	}
	if (v->limits.unread_events)
		cli_note(v->c, "%llu events could not be read; nothing here rests on them", (unsigned long long)v->limits.unread_events);
	if (shown)
		cli_note(v->c, "for the whole judgement: exhibit verify %s", v->c->arg[0]);
	return evidence_status(v);
}
