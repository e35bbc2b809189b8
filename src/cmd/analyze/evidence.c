#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/sequence.h"
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

char *
file_slurp(const char *path, size_t max, size_t *ret_n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *p = NULL;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st)) {
		err_errno(e, "%s", path);
	} else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)max) {
		err_set(e, EX_DATA_ERR, "%s: want a file of at most %zu bytes", path, max);
	} else if ((p = malloc((size_t)st.st_size + 1)) == NULL) {
		err_nomem(e);
	} else if ((n = read(fd, p, (size_t)st.st_size)) < 0) {
		err_errno(e, "%s", path);
		free(p);
		p = NULL;
	} else {
		p[n] = '\0';
		*ret_n = (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	return p;
}

/* --vkey FILE-OR-TEXT */
static int
load_vkeys(struct evidence *v)
{
	const char *s;

	for (unsigned i = 0; (s = cli_nth(v->c, "vkey", i)) != NULL; i++) {
		struct vkey *p = realloc(v->vkey, (v->n_vkeys + 1) * sizeof *p);
		size_t n = strlen(s);
		char *text = NULL;
		int rc;

		if (p == NULL)
			return err_nomem(&v->err);
		v->vkey = p;
		if (strchr(s, '+') == NULL || access(s, R_OK) == 0) {
			if ((text = file_slurp(s, 65536, &n, &v->err)) == NULL)
				return -1;
			s = text;
		}
		rc = vkey_parse(&v->vkey[v->n_vkeys], s, n, &v->err);
		free(text);
		if (rc) {
			char was[800];

			snprintf(was, sizeof was, "%.790s", v->err.text);
			snprintf(v->err.text, sizeof v->err.text, "--vkey %.200s: %.790s", cli_nth(v->c, "vkey", i), was);
			return -1;
		}
		v->n_vkeys++;
	}
	return 0;
}

static int
load_hmac(struct evidence *v)
{
	const char *path;

	for (unsigned i = 0; (path = cli_nth(v->c, "hmac-key-file", i)) != NULL; i++) {
		struct str *p = realloc(v->hmac, (v->n_hmac + 1) * sizeof *p);
		size_t n;

		if (p == NULL)
			return err_nomem(&v->err);
		v->hmac = p;
		if ((v->hmac[v->n_hmac].p = file_slurp(path, 65536, &n, &v->err)) == NULL)
			return -1;
		if (n && v->hmac[v->n_hmac].p[n - 1] == '\n')
			n--;                           /* one trailing newline is the file's, not the key's */
		v->hmac[v->n_hmac++].n = n;
	}
	return 0;
}

/* "origin size root", the root in hex or base64, or a file with a signed or written-down checkpoint. */
static int
load_expects(struct evidence *v)
{
	const char *s;

	for (unsigned i = 0; (s = cli_nth(v->c, "expect", i)) != NULL; i++) {
		struct expect *p = realloc(v->expect, (v->n_expects + 1) * sizeof *p), *x;
		char *text = NULL, *copy, *save, *w[3];
		size_t n = strlen(s);
		struct buf root;

		if (p == NULL)
			return err_nomem(&v->err);
		v->expect = p;
		x = &p[v->n_expects++];
		memset(x, 0, sizeof *x);
		if (access(s, R_OK) == 0 && (text = file_slurp(s, EX_MAX_NOTE, &n, &v->err)) == NULL)
			return -1;
		copy = strndup(text ? text : s, n);
		free(text);
		if (copy == NULL)
			return err_nomem(&v->err);
		buf_init(&root, 64);
		w[0] = strtok_r(copy, " \n", &save);
		w[1] = strtok_r(NULL, " \n", &save);
		w[2] = strtok_r(NULL, " \n", &save);
		if (w[2] == NULL || !note_name_ok(w[0], strlen(w[0])) || !dec_u64(w[1], strlen(w[1]), &x->c.size) ||
		    (strlen(w[2]) == 64 ? !hex_to(w[2], 64, x->c.root) : !base64_to(w[2], strlen(w[2]), &root) || root.len != 32)) {
			free(copy);
			buf_release(&root);
			return err_set(&v->err, EX_USAGE_ERR, "--expect: want `origin size root`, or a file with a checkpoint");
		}
		if (root.len == 32)
			memcpy(x->c.root, root.p, 32);
		strcpy(x->c.origin, w[0]);
		free(copy);
		buf_release(&root);
	}
	return 0;
}

int
evidence_attach(struct evidence *v, const struct cli *c, const char *const *path, unsigned n)
{
	const char *sandbox = cli_get(c, "sandbox");
	struct sha256 *probe = sha256_new();           /* libcrypto sets itself up while failing is still simple */

	memset(v, 0, sizeof *v);
	v->c = c;
	if (probe == NULL)
		return err_set(&v->err, EX_SOFTWARE_ERR, "libcrypto cannot be used"), cli_fail(c, &v->err);
	sha256_free(probe);
	if (n == 0)
		return cli_usage(c, "%s wants an archive: FILE.exhibit", c->verb->name);
	if (sandbox && strcmp(sandbox, "on") && strcmp(sandbox, "off"))
		return cli_usage(c, "--sandbox: want on or off");
	if ((v->archive = calloc(n, sizeof *v->archive)) == NULL)
		return err_nomem(&v->err), cli_fail(c, &v->err);
	if (load_vkeys(v) || load_hmac(v) || load_expects(v))
		return cli_fail(c, &v->err);
	for (unsigned i = 0; i < n; i++) {
		v->n++;
		if (archive_attach(&v->archive[i], path[i], i, &v->err))
			return cli_fail(c, &v->err);
	}
	return 0;
}

int
evidence_authenticate(struct evidence *v)
{
	for (unsigned i = 0; i < v->n; i++)
		if (archive_authenticate(&v->archive[i], v->vkey, v->n_vkeys, &v->findings, &v->err))
			return cli_fail(v->c, &v->err);
	sequence_sort(v->archive, v->n, &v->findings);
	if (sequence_check(v->archive, v->n, &v->findings, &v->err) || (nomem_noted() && err_nomem(&v->err)))
		return cli_fail(v->c, &v->err);
	for (unsigned i = 0; i < v->n; i++) {
		struct archive *a = &v->archive[i];

		if (!a->readable)
			continue;
		if (!a->sealed && a->origin[0] == '\0')
			finding_add(&v->findings, F_K03, i, "the file", "The file was never sealed.");
		else if (a->sealed && v->n_vkeys == 0)
			finding_add(&v->findings, F_K01, i, "the seal", "No key was given: the seal names %s, which is not established.", a->claimed_key);
		else if (a->sealed && a->seal_sig == SIG_UNKNOWN_KEY)
			finding_add(&v->findings, F_K02, i, "the seal", "The seal is signed by %s, which is none of the keys you gave.", a->claimed_key);
	}
	return 0;
}

int
evidence_open(struct evidence *v, const struct cli *c, const char *out_dir)
{
	const char *sandbox = cli_get(c, "sandbox");
	int status = evidence_attach(v, c, c->arg, c->n_args);

	if (status)
		return status;
	fflush(stdout);
	sandbox_enter(sandbox == NULL || strcmp(sandbox, "on") == 0, out_dir, cli_get(c, "out-dir") != NULL, v->sandbox);
	return evidence_authenticate(v);
}

void
evidence_close(struct evidence *v)
{
	for (unsigned i = 0; i < v->n; i++)
		archive_detach(&v->archive[i]);
	for (unsigned i = 0; i < v->n_hmac; i++)
		free((char *)v->hmac[i].p);
	free(v->hmac);
	free(v->vkey);
	free(v->expect);
	free(v->archive);
	findings_release(&v->findings);
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
	return 0;
}

int
evidence_status(const struct evidence *v)
{
	bool unreadable = false, conflict = false;

	for (unsigned i = 0; i < v->findings.n; i++) {
		enum finding_level l = finding_info[v->findings.f[i].id].level;

		if (v->findings.f[i].id == F_L02 || v->findings.f[i].id == F_K04)
			conflict = true;
		else if (l == LEVEL_ALARM)
			return EX_ALTERED;
		unreadable |= l == LEVEL_UNREADABLE;
	}
	/* an unproven origin is said in the banner; what was asked for was still done */
	return conflict ? EX_CONFLICT : unreadable ? EX_UNREADABLE : 0;
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
			fprintf(stderr, "%s: values of %llu rows were withheld when %s was made: what is shown in their place is a mark or a mask, and rules that compare such values prove nothing [R-22]\n",
			    v->c->program->name, (unsigned long long)n, archive_name(&v->archive[i]));
	}
	if (shown)
		fprintf(stderr, "%s: for the whole judgement: exhibit verify %s\n", v->c->program->name, v->c->arg[0]);
	return evidence_status(v);
}
