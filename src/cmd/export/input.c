/* The arguments of the exporter: what each is, in which order they are read, and reading them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cmd/export/export.h"

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
	int rc = 0;

	if ((dir = opendir(a->arg)) == NULL)
		return err_errno(e, "%s", a->arg);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s%s%s", a->arg, a->arg[strlen(a->arg) - 1] == '/' ? "" : "/", d->d_name) < 0)
			path = NULL;
		if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			free(path);
		else
			rc = path_push(&a->path, &a->n, path, e);
	}
	closedir(dir);
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
	if ((a->first = stream_open(a->path[0], e)) == NULL || (a->in.kind = probe(a->first, shown(a->path[0]), e)) == INPUT_UNKNOWN)
		return -1;
	a->rank = rank_of(a->in.kind, a->first);
	return 0;
}

int
arguments_open(struct argument *a, const struct cli *c, struct argument **order, struct err *e)
{
	for (unsigned i = 0; i < c->n_args; i++) {
		unsigned k = i;

		if (argument_open(&a[i], c->arg[i], i, c, e))
			return -1;
		for (; k && order[k - 1]->rank > a[i].rank; k--)          /* a stable order: equals stay as given */
			order[k] = order[k - 1];
		order[k] = &a[i];
	}
	return 0;
}

void
argument_release(struct argument *a)
{
	for (unsigned i = 0; i < a->n; i++)
		free(a->path[i]);
	free(a->path);
	free(a->sealed);
	stream_free(a->first);
	live_release(&a->live);
	input_release(&a->in);
}

static int
note_file(struct input *in, const char *path, struct stream *f, struct err *e)
{
	uint64_t bytes;
	uint8_t d[32];
	char hex[65];

	if (stream_totals(f, &bytes, d, e))
		return -1;
	hex_of(d, 32, hex);
	buf_str(&in->files, in->files.len ? ",{\"path\":" : "{\"path\":");
	text_json(&in->files, path, strlen(path));
	buf_printf(&in->files, ",\"bytes\":%llu,\"sha256\":\"%s\"}", (unsigned long long)bytes, hex);
	return 0;
}

/* One file; one that is damaged further on: what was read is kept, the rest is named. */
static int
read_file(struct session *s, const char *path, const char *sealed, struct stream *f, struct err *e)
{
	static int (*const reader[INPUT_KINDS])(struct session *, struct stream *, struct err *) = {
		[INPUT_PG_DUMP] = read_pg_dump, [INPUT_ROWS_JSONL] = read_json, [INPUT_ROWS_CSV] = read_csv,
		[INPUT_REST_EVENTS] = read_json, [INPUT_SERVER_EXPORT] = read_json, [INPUT_DEAD_LETTERS] = read_dead_letters
	};
	struct input *in = s->in;
	struct err broken;
	unsigned chunk = 0;

	if ((in->kind == INPUT_MUST_GATHER ? read_must_gather(s, path, f, e) : reader[in->kind](s, f, e)) == 0)
		return 0;
	if (e->status != EX_IO_ERR || in->rows == 0 || strstr(e->text, "bytes)") == NULL)
		return -1;
	broken = *e;
	memset(e, 0, sizeof *e);
	input_lacks(in, broken.text);
	in->doubt = true;
	return session_reject(s, in->source, 0, "", 0, &chunk, false, sealed, broken.text, e);
}

int
argument_read(struct argument *a, struct session *s, struct err *e)
{
	struct input *in = &a->in;

	if (session_begin(s, in, e))
		return -1;
	if (live_is(&a->live))
		return live_read(&a->live, s, e) || session_end(s, e) ? -1 : 0;
	if (a->folder)
		return read_must_gather(s, a->path[0], NULL, e) || session_end(s, e) ? -1 : 0;
	for (unsigned i = 0; i < a->n; i++) {
		struct stream *f = i ? stream_open(a->path[i], e) : a->first;
		char *sealed = sealed_file(a, a->path[i]);
		enum input_kind kind;

		a->first = NULL;
		if (f == NULL || sealed == NULL) {
			stream_free(f);
			free(sealed);
			return e->status ? -1 : err_nomem(e);
		}
		kind = i ? probe(f, shown(a->path[i]), e) : in->kind;
		if (kind != INPUT_UNKNOWN && kind != in->kind)
			err_set(e, EX_DATA_ERR, "%s: the folder holds inputs of several kinds (%s: %s; %s: %s): name them one by one", a->arg, a->path[0],
			    input_kind_name[in->kind], a->path[i], input_kind_name[kind]);
		if (e->status || read_file(s, a->path[i], sealed, f, e) || note_file(in, sealed, f, e)) {
			stream_free(f);
			free(sealed);
			return -1;
		}
		free(sealed);
		if (stream_close(f, e))
			return -1;
	}
	return session_end(s, e);
}
