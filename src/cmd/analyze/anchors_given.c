/*
 * What others signed of a log (formats/trust.md W-7), as an auditor has it: --note and --stamp,
 * and what lies beside the files given. Read before the sandbox, judged in it by the keys and
 * authorities of the command line alone.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/vec.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/anchors_given.h"
#include "trust/anchors.h"

#define BESIDE_MOST 256u /* files beside one file */
#define RENEWALS_MOST 99u

/* A note or a stamp. Owned. */
struct anchor_file {
	char *name, *text;
	size_t n;
	bool stamp, beside, renews;
	unsigned file;           /* as they were given */
	struct archive *archive; /* the same, once it is open */
};

struct anchors_given {
	struct anchor_file *x;
	unsigned n;
	struct witness_key *witness;
	unsigned n_witnesses;
	struct authorities *authorities;
};

/* Takes name and text over. */
static int
add(struct evidence *v, char *name, char *text, size_t n, const struct anchor_file *like)
{
	struct anchors_given *a = v->anchors;

	if (name == NULL || text == NULL || vec_more(&a->x, a->n, sizeof *a->x)) {
		free(name);
		free(text);
		return err_nomem(&v->err);
	}
	a->x[a->n] = *like;
	a->x[a->n].name = name;
	a->x[a->n].text = text;
	a->x[a->n++].n = n;
	return 0;
}

/* One that lies beside a file. What cannot be read is empty: then it counts for nothing, and that
 * is said. */
static int
add_beside(struct evidence *v, const char *path, const struct anchor_file *like)
{
	const char *name = strrchr(path, '/');
	struct err ignore = { 0 };
	struct stat st;
	char *text;
	size_t n = 0;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	text = file_slurp(path, like->stamp ? STAMP_MAX : EX_MAX_NOTE, &n, &ignore);
	if (text == NULL) {
		text = calloc(1, 1);
		n = 0;
	}
	return add(v, strdup(name ? name + 1 : path), text, n, like);
}

/* FILE.tsr, then FILE.tsr.2 and so on, each over the one before it. */
static int
add_stamps(struct evidence *v, const char *base, struct anchor_file like)
{
	char path[4500];
	struct stat st;

	like.stamp = true;
	snprintf(path, sizeof path, "%s.tsr", base);
	if (stat(path, &st))
		return 0;
	for (unsigned i = 2; i <= RENEWALS_MOST; i++) {
		if (add_beside(v, path, &like))
			return -1;
		snprintf(path, sizeof path, "%s.tsr.%u", base, i);
		if (stat(path, &st))
			break;
		like.renews = true;
	}
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* FILE.SIZE.note, FILE.SIZE.tsr: the bases FILE.SIZE, in the order of their names; owned. */
static int
interim_bases(struct evidence *v, const char *path, char ***list, unsigned *n)
{
	char folder[4200], name[4200], base[4400];
	size_t len;
	DIR *d;
	struct dirent *x;
	const char *own;
	int rc = 0;

	snprintf(folder, sizeof folder, "%s", path);
	snprintf(name, sizeof name, "%s", path);
	own = basename(name);
	len = strlen(own);
	if ((d = opendir(dirname(folder))) == NULL)
		return 0;
	while (rc == 0 && *n < BESIDE_MOST && (x = readdir(d)) != NULL) {
		const char *more = x->d_name + len + 1;
		size_t digits;

		if (strncmp(x->d_name, own, len) || x->d_name[len] != '.')
			continue;
		digits = strspn(more, "0123456789");
		if (digits == 0 || digits > 19 ||
		    (strcmp(more + digits, ".note") && strcmp(more + digits, ".tsr")))
			continue;
		snprintf(base, sizeof base, "%s.%.*s", path, (int)digits, more);
		if (vec_more(list, *n, sizeof **list) || ((*list)[*n] = strdup(base)) == NULL)
			rc = err_nomem(&v->err);
		else
			++*n;
	}
	closedir(d);
	if (*n)
		qsort(*list, *n, sizeof **list, by_name);
	return rc;
}

static int
beside(struct evidence *v, const char *path, unsigned file)
{
	struct anchor_file like = { .beside = true, .file = file };
	char note[4200], **base = NULL;
	struct stat st;
	unsigned n = 0;
	int rc;

	if (strlen(path) > 4000 || stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	snprintf(note, sizeof note, "%s.note", path);
	rc = add_beside(v, note, &like) || add_stamps(v, path, like) ||
	    interim_bases(v, path, &base, &n);
	for (unsigned i = 0; i < n; i++) {
		/* both endings of one base are one base */
		if (rc == 0 && (i == 0 || strcmp(base[i], base[i - 1]))) {
			snprintf(note, sizeof note, "%s.note", base[i]);
			rc = add_beside(v, note, &like) || add_stamps(v, base[i], like);
		}
	}
	for (unsigned i = 0; i < n; i++)
		free(base[i]);
	free(base);
	return rc ? -1 : 0;
}

int
anchors_read(struct evidence *v, const char *const *path, unsigned n)
{
	/* what is handed on is made again elsewhere, where nothing lies beside */
	if ((v->anchors = calloc(1, sizeof *v->anchors)) == NULL)
		return err_nomem(&v->err);
	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];
		struct anchor_file like = { .stamp = strcmp(s->option, "stamp") == 0 };
		char *text;

		if (!like.stamp && strcmp(s->option, "note"))
			continue;
		if ((text = malloc(s->n + 1)) != NULL)
			memcpy(text, s->text, s->n + 1);
		if (add(v, strdup(s->given), text, s->n, &like))
			return -1;
	}
	for (unsigned i = 0; i < n && strcmp(v->c->verb->name, "bundle"); i++)
		if (strcmp(path[i], "-") && beside(v, path[i], i))
			return -1;
	return 0;
}

static int
parse_witness(struct evidence *v, const struct given *s)
{
	struct anchors_given *a = v->anchors;
	struct err why = { 0 };

	if (vec_more(&a->witness, a->n_witnesses, sizeof *a->witness))
		return err_nomem(&v->err);
	if (witness_key_parse(&a->witness[a->n_witnesses], s->text, s->n, &why))
		return err_set(
		    &v->err, why.status, "--witness-vkey %.200s: %s", s->given, why.text);
	a->n_witnesses++;
	return 0;
}

int
anchors_parse(struct evidence *v)
{
	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *s = &v->side[i];
		struct err why = { 0 };

		if (strcmp(s->option, "witness-vkey") == 0 && parse_witness(v, s))
			return -1;
		if (strcmp(s->option, "tsa-ca"))
			continue;
		v->anchors->authorities = authorities_load(s->text, s->n, &why);
		if (v->anchors->authorities == NULL)
			return err_set(
			    &v->err, why.status, "--tsa-ca %.200s: %s", s->given, why.text);
	}
	return 0;
}

void
anchors_bind(struct evidence *v)
{
	for (unsigned i = 0; i < v->anchors->n; i++)
		v->anchors->x[i].archive = v->archive[v->anchors->x[i].file];
}

int
anchors_date(struct evidence *v)
{
	struct anchors_given *g = v->anchors;
	struct anchor *x = calloc(g->n + 1, sizeof *x);
	struct anchor_judges by = { .log_key = v->vkey,
		.n_log_keys = v->n_vkeys,
		.witness = g->witness,
		.n_witnesses = g->n_witnesses,
		.authorities = g->authorities };
	int rc;

	if (x == NULL)
		return err_nomem(&v->err);
	for (unsigned i = 0; i < g->n; i++) {
		const struct anchor_file *f = &g->x[i];

		x[i] = (struct anchor){ .name = f->name,
			.text = f->text,
			.n = f->n,
			.stamp = f->stamp,
			.beside = f->beside,
			.renews = f->renews,
			.file = f->beside ? archive_file(f->archive) : 0 };
	}
	rc = anchors_judge(x, g->n, &by, v->archive, v->n, &v->dates, &v->findings, &v->err);
	free(x);
	return rc;
}

void
anchors_release(struct evidence *v)
{
	struct anchors_given *a = v->anchors;

	dates_release(&v->dates);
	if (a == NULL)
		return;
	for (unsigned i = 0; i < a->n; i++) {
		free(a->x[i].name);
		free(a->x[i].text);
	}
	free(a->x);
	free(a->witness);
	authorities_free(a->authorities);
	free(a);
	v->anchors = NULL;
}
