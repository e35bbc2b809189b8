/* The arguments of the exporter: what each is, in which order they are read, and reading them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cmd/export/export.h"
#include "source/bundle.h"

int
path_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
path_push(char ***list, unsigned *n, char *path, struct err *e)
{
	char **p = path ? realloc(*list, (*n + 1) * sizeof *p) : NULL;

	if (p == NULL) {
		free(path);
		return err_nomem(e);
	}
	*list = p;
	p[(*n)++] = path;
	return 0;
}

/* A folder holds pages of one kind, or it is a must-gather: those have folders of these names, perhaps further down. */
static bool
is_collection(const char *folder, unsigned depth)
{
	static const char *const mark[] = { "collection-metadata.json", "datastorage", "crds" };
	struct stat st;
	struct dirent *d;
	char *path;
	DIR *dir;
	bool found = false;

	for (unsigned i = 0; i < 3 && !found; i++) {
		if (asprintf(&path, "%s/%s", folder, mark[i]) < 0)
			return false;
		found = stat(path, &st) == 0 && S_ISDIR(st.st_mode) == (i > 0);
		free(path);
	}
	if (found || depth == 3 || (dir = opendir(folder)) == NULL)
		return found;
	while (!found && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || asprintf(&path, "%s/%s", folder, d->d_name) < 0)
			continue;
		found = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && is_collection(path, depth + 1);
		free(path);
	}
	closedir(dir);
	return found;
}

static int
list_folder(struct argument *a, struct err *e)
{
	struct stat st;
	struct dirent *d;
	char *path;
	DIR *dir;
	bool toc = false;
	int rc = 0;

	if ((dir = opendir(a->arg)) == NULL)
		return err_errno(e, "%s", a->arg);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		toc |= strcmp(d->d_name, "toc.dat") == 0;
		if (asprintf(&path, "%s%s%s", a->arg, a->arg[strlen(a->arg) - 1] == '/' ? "" : "/", d->d_name) < 0)
			path = NULL;
		if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			free(path);
		else
			rc = path_push(&a->path, &a->n, path, e);
	}
	closedir(dir);
	if (rc == 0 && toc)
		rc = err_set(e, EX_DATA_ERR, "%s: a pg_dump in directory format (-Fd); make it plain and archive that: pg_restore -f dump.sql %s", a->arg, a->arg);
	if (rc == 0 && a->n == 0)
		rc = err_set(e, EX_NO_INPUT, "%s: no file in this folder", a->arg);
	if (rc == 0)
		qsort(a->path, a->n, sizeof *a->path, path_order);
	return rc;
}

static const char *
shown(const char *path)
{
	return strcmp(path, "-") ? path : "stdin";
}

/* Dumps know all columns; answers of the server less, those of old servers and exports least. */
static unsigned
rank_of(enum input_kind kind, struct stream *f)
{
	static const unsigned rank[INPUT_KINDS] = { [INPUT_ROWS_JSONL] = RANK_ROWS, [INPUT_ROWS_CSV] = RANK_ROWS, [INPUT_REST_EVENTS] = RANK_ANSWERS, [INPUT_MUST_GATHER] = RANK_COLLECTION,
		[INPUT_SERVER_EXPORT] = RANK_EXPORT, [INPUT_DEAD_LETTERS] = RANK_DEAD_LETTERS };

	return kind == INPUT_REST_EVENTS && probe_old_server(f) ? RANK_OLD_ANSWERS : rank[kind];
}

/* paths tell of the machine and its users, and are sealed only where that is asked for. */
static int
name_input(struct argument *a, unsigned i, const struct cli *c, struct err *e)
{
	const char *label = cli_nth(c, "label", i), *base = a->arg;
	size_t n = strlen(base);

	if (label == NULL && !cli_get(c, "record-paths")) {
		size_t from = 0;

		while (n > 1 && base[n - 1] == '/')
			n--;
		for (size_t k = 0; k + 1 < n; k++)
			if (base[k] == '/')
				from = k + 1;
		base += from;
		n -= from;
	}
	a->sealed = label ? strdup(label) : strndup(base, n);
	a->in.sealed = a->sealed;
	return a->sealed ? 0 : err_nomem(e);
}

/* A file of an argument, as it is called in the archive: of a folder, behind the folder's name. NULL: no memory. */
static char *
sealed_file(const struct argument *a, const char *path)
{
	size_t n = strlen(a->arg);
	char *out;

	if (strcmp(path, a->arg) == 0)
		return strdup(a->sealed);
	if (strncmp(path, a->arg, n) == 0)
		path += n;
	path += strspn(path, "/");
	return asprintf(&out, "%s/%s", a->sealed, path) < 0 ? NULL : out;
}

/* A ZIP: its files are the argument's, or they are a collection. 1: it is one; 0: it is none; -1 (e). */
static int
open_zip(struct argument *a, struct err *e)
{
	const char *p;
	size_t n;

	if (stream_peek(a->first, 4, &p, &n, e))
		return -1;
	if (n < 4 || memcmp(p, "PK\3\4", 4))
		return 0;
	if ((a->zip = calloc(1, sizeof *a->zip)) == NULL)
		return err_nomem(e);
	if (bundle_init(a->zip, NULL, e) || bundle_zip(a->zip, a->first, a->path[0], e))
		return -1;
	if (a->zip->n == 0)
		return err_set(e, EX_DATA_ERR, "%s: a ZIP without any file", a->path[0]);
	if (stream_totals(a->first, &a->zip_bytes, a->zip_sha256, e) || stream_close(a->first, e)) {
		a->first = NULL;
		return -1;
	}
	a->first = NULL;
	for (unsigned i = 0; i < a->zip->n; i++) {
		char *name;

		if (asprintf(&name, "%s/%s", a->arg, a->zip->file[i].path) < 0)
			name = NULL;
		if (path_push(&a->path, &a->n, name, e))
			return -1;
	}
	/* the first path is the ZIP's own */
	free(a->path[0]);
	memmove(a->path, a->path + 1, --a->n * sizeof *a->path);
	return 1;
}

/* File i of the argument, from its beginning. */
static struct stream *
open_file(struct argument *a, unsigned i, struct err *e)
{
	return a->zip ? bundle_stream(a->zip, &a->zip->file[i], e) : stream_open(a->path[i], e);
}

static int
open_first(struct argument *a, struct err *e)
{
	int rc;

	if ((a->first = open_file(a, 0, e)) == NULL || (rc = open_zip(a, e)) < 0)
		return -1;
	if (rc && bundle_is_collection(a->zip)) {
		a->in.kind = INPUT_MUST_GATHER;
		a->folder = true;
	} else if ((rc && (a->first = open_file(a, 0, e)) == NULL) || (a->in.kind = probe(a->first, shown(a->path[0]), &a->stray, e)) == INPUT_UNKNOWN) {
		return -1;
	}
	a->rank = rank_of(a->in.kind, a->first);
	return 0;
}

int
argument_open(struct argument *a, const char *arg, unsigned i, const struct cli *c, struct err *e)
{
	struct stat st;
	int rc;

	memset(a, 0, sizeof *a);
	a->arg = a->in.path = arg;
	if ((rc = live_open(&a->live, arg, c, &a->in, &a->rank, e)) != 0) {
		a->arg = a->in.path;
		a->in.sealed = cli_nth(c, "label", i);
		return rc < 0 ? -1 : 0;
	}
	if (name_input(a, i, c, e))
		return -1;
	if (strcmp(arg, "-") && stat(arg, &st))
		return err_errno(e, "%s", arg);
	if (strcmp(arg, "-") && S_ISDIR(st.st_mode)) {
		if (is_collection(arg, 0)) {
			a->folder = true;
			a->in.kind = INPUT_MUST_GATHER;
			a->rank = rank_of(a->in.kind, NULL);
			return path_push(&a->path, &a->n, strdup(arg), e);
		}
		if (list_folder(a, e))
			return -1;
	} else if (path_push(&a->path, &a->n, strdup(arg), e)) {
		return -1;
	}
	return open_first(a, e);
}

/* A folder of several must-gathers that are packed is so many inputs: each is a collection of its own. */
static int
unfold(struct arguments *all, struct argument a, struct err *e)
{
	bool many = a.in.kind == INPUT_MUST_GATHER && !a.folder && a.n > 1;
	int rc = 0;

	for (unsigned i = 0; i < (many ? a.n : 1u) && rc == 0; i++) {
		struct argument *p = realloc(all->a, (all->n + 1) * sizeof *p);

		if (p == NULL) {
			rc = err_nomem(e);
			break;
		}
		all->a = p;
		p = &all->a[all->n++];
		*p = a;
		if (!many)
			return 0;
		*p = (struct argument){ .arg = a.path[i], .in.path = a.path[i], .owned = true };
		p->in.sealed = p->sealed = sealed_file(&a, p->arg);
		a.path[i] = NULL;
		if (p->sealed == NULL)
			rc = err_nomem(e);
		else
			rc = path_push(&p->path, &p->n, strdup(p->arg), e) || open_first(p, e) ? -1 : 0;
		if (rc == 0 && p->in.kind != INPUT_MUST_GATHER)
			rc = err_set(e, EX_DATA_ERR, "%s: the folder holds inputs of several kinds (must-gather; %s: %s): name them one by one", a.arg, p->arg, input_kind_name[p->in.kind]);
	}
	argument_release(&a);
	return rc;
}

int
arguments_open(struct arguments *all, const struct cli *c, struct err *e)
{
	for (unsigned i = 0; i < c->n_args; i++) {
		struct argument a;

		if (argument_open(&a, c->arg[i], i, c, e)) {
			argument_release(&a);
			return -1;
		}
		if (unfold(all, a, e))
			return -1;
	}
	if ((all->order = calloc(all->n, sizeof *all->order)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < all->n; i++) {
		unsigned k = i;

		for (; k && all->order[k - 1]->rank > all->a[i].rank; k--)          /* a stable order: equals stay as given */
			all->order[k] = all->order[k - 1];
		all->order[k] = &all->a[i];
	}
	return 0;
}

void
arguments_release(struct arguments *all)
{
	for (unsigned i = 0; i < all->n; i++)
		argument_release(&all->a[i]);
	free(all->a);
	free(all->order);
}

void
argument_release(struct argument *a)
{
	for (unsigned i = 0; i < a->n; i++)
		free(a->path[i]);
	free(a->path);
	free(a->sealed);
	stream_free(a->first);
	if (a->zip)
		bundle_release(a->zip);
	free(a->zip);
	live_release(&a->live);
	input_release(&a->in);
	if (a->owned)
		free((char *)(uintptr_t)a->arg);
}

static void
put_file(struct input *in, const char *path, uint64_t bytes, const uint8_t sha256[32])
{
	char hex[65];

	hex_of(sha256, 32, hex);
	buf_str(&in->files, in->files.len ? ",{\"path\":" : "{\"path\":");
	text_json(&in->files, path, strlen(path));
	buf_printf(&in->files, ",\"bytes\":%llu,\"sha256\":\"%s\"}", (unsigned long long)bytes, hex);
}

static int
note_file(struct input *in, const char *path, struct stream *f, struct err *e)
{
	uint64_t bytes;
	uint8_t d[32];

	if (stream_totals(f, &bytes, d, e))
		return -1;
	put_file(in, path, bytes, d);
	return 0;
}

static int
read_all(struct argument *a, struct session *s, struct err *e)
{
	struct input *in = &a->in;

	if (a->zip)
		put_file(in, a->sealed, a->zip_bytes, a->zip_sha256);
	if (a->folder)
		return a->zip ? read_bundle(s, a->zip, e) : read_must_gather(s, a->path[0], NULL, e);
	for (unsigned i = 0; i < a->n; i++) {
		struct stream *f = i ? open_file(a, i, e) : a->first;
		char *sealed = sealed_file(a, a->path[i]);
		unsigned stray = a->stray;
		enum input_kind kind;
		int rc;

		a->first = NULL;
		if (f == NULL || sealed == NULL) {
			stream_free(f);
			free(sealed);
			return e->status ? -1 : err_nomem(e);
		}
		kind = i ? probe(f, shown(a->path[i]), &stray, e) : in->kind;
		if (kind != INPUT_UNKNOWN && kind != in->kind)
			err_set(e, EX_DATA_ERR, "%s: the folder holds inputs of several kinds (%s: %s; %s: %s): name them one by one", a->arg, a->path[0],
			    input_kind_name[in->kind], a->path[i], input_kind_name[kind]);
		if (e->status || session_file(s, a->path[i], sealed, f, stray, e) || note_file(in, sealed, f, e)) {
			stream_free(f);
			free(sealed);
			return -1;
		}
		free(sealed);
		if (a->zip) {
			stream_free(f);
			rc = 0;
		} else {
			rc = stream_close(f, e);
		}
		if (rc)
			return rc;
	}
	return 0;
}

int
argument_read(struct argument *a, struct session *s, struct err *e)
{
	struct input *in = &a->in;

	if (session_begin(s, in, e))
		return -1;
	in->bytes.told = !live_is(&a->live);
	if (s->table && in->kind != INPUT_PG_DUMP)
		return err_set(e, EX_USAGE_ERR, "--table says which table of a dump is meant; %s is none (%s)", in->path, input_kind_name[in->kind]);
	if (live_is(&a->live) ? live_read(&a->live, s, e) : read_all(a, s, e))
		return -1;
	if (in->kind == INPUT_REST_EVENTS || in->kind == INPUT_SERVER_EXPORT)
		input_pages_end(in, "the server");
	input_footers_end(in);
	return session_end(s, e);
}
