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

/* A must-gather has files and folders of these names in its root. */
static bool
is_root(const char *folder)
{
	static const char *const mark[] = { "collection-metadata.json", "datastorage", "crds" };
	struct stat st;
	char *path;
	bool found = false;

	for (unsigned i = 0; i < 3 && !found; i++) {
		if (asprintf(&path, "%s/%s", folder, mark[i]) < 0)
			return false;
		found = stat(path, &st) == 0 && S_ISDIR(st.st_mode) == (i > 0);
		free(path);
	}
	return found;
}

/* The roots of the must-gathers that lie unpacked in a folder, perhaps further down. */
static int
collections_in(const char *folder, unsigned depth, char ***list, unsigned *n, struct err *e)
{
	struct stat st;
	struct dirent *d;
	char *path;
	DIR *dir;
	int rc = 0;

	if (is_root(folder))
		return path_push(list, n, strdup(folder), e);
	if (depth == 3 || (dir = opendir(folder)) == NULL)
		return 0;
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
			d->d_name) < 0) {
			rc = err_nomem(e);
			break;
		}
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			rc = collections_in(path, depth + 1, list, n, e);
		free(path);
	}
	closedir(dir);
	return rc;
}

/* The files of a folder, and of the folders in it. Links to folders, pipes and the like are left
 * out, and that is said. */
static int
list_files(struct argument *a, const char *folder, unsigned depth, bool *ret_toc, struct err *e)
{
	struct stat st, link;
	struct dirent *d;
	char *path;
	DIR *dir;
	int rc = 0;

	if ((dir = opendir(folder)) == NULL)
		return err_errno(e, "%s", folder);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		*ret_toc |= depth == 0 && strcmp(d->d_name, "toc.dat") == 0;
		if (asprintf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
			d->d_name) < 0) {
			rc = err_nomem(e);
		} else if (lstat(path, &link) || stat(path, &st)) {
			/* a link that leads nowhere is named when it is opened */
			rc = path_push(&a->path, &a->n, path, e);
		} else if (S_ISDIR(link.st_mode) && depth < BUNDLE_DEPTH) {
			rc = list_files(a, path, depth + 1, ret_toc, e);
			free(path);
		} else if (S_ISREG(st.st_mode)) {
			rc = path_push(&a->path, &a->n, path, e);
		} else {
			a->n_left_out++;
			if (a->left_out)
				free(path);
			else
				a->left_out = path;
		}
	}
	closedir(dir);
	return rc;
}

static int
list_folder(struct argument *a, struct err *e)
{
	bool toc = false;

	if (list_files(a, a->arg, 0, &toc, e))
		return -1;
	if (toc)
		return err_set(e, EX_DATA_ERR,
		    "%s: a pg_dump in directory format (-Fd); make it plain and archive that: "
		    "pg_restore -f dump.sql %s",
		    a->arg, a->arg);
	if (a->n == 0)
		return err_set(e, EX_NO_INPUT, "%s: no file in this folder", a->arg);
	qsort(a->path, a->n, sizeof *a->path, path_order);
	return 0;
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
	static const unsigned rank[INPUT_KINDS] = { [INPUT_ROWS_JSONL] = RANK_ROWS,
		[INPUT_ROWS_CSV] = RANK_ROWS,
		[INPUT_REST_EVENTS] = RANK_ANSWERS,
		[INPUT_MUST_GATHER] = RANK_COLLECTION,
		[INPUT_SERVER_EXPORT] = RANK_EXPORT,
		[INPUT_DEAD_LETTERS] = RANK_DEAD_LETTERS };

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

/* A file of an argument, as it is called in the archive: of a folder, behind the folder's name.
 * NULL: no memory. */
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

/* A ZIP, or a tar that is no must-gather: its files are the argument's, or of a ZIP they are a
 * collection. 1: it is one; 0: it is none; -1 (e). */
static int
open_packed(struct argument *a, struct err *e)
{
	bool tar = false;
	const char *p;
	size_t n;

	if (stream_peek(a->first, 4, &p, &n, e))
		return -1;
	if ((n < 4 || memcmp(p, "PK\3\4", 4)) && !(tar = probe_plain_tar(a->first)))
		return 0;
	if ((a->zip = calloc(1, sizeof *a->zip)) == NULL)
		return err_nomem(e);
	if (bundle_init(a->zip, NULL, e) ||
	    (tar ? bundle_tar : bundle_zip)(a->zip, a->first, shown(a->path[0]), e))
		return -1;
	if (a->zip->n == 0)
		return err_set(e, EX_DATA_ERR, "%s: a ZIP without any file", a->path[0]);
	if (stream_totals(a->first, &a->zip_bytes, a->zip_sha256, e))
		return -1;
	if (a->zip->cut[0] == '\0' && stream_damage(a->first, &a->zip->damaged))
		snprintf(a->zip->cut, sizeof a->zip->cut, "%s",
		    stream_damage(a->first, &a->zip->damaged));
	if (stream_close(a->first, e)) {
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
	/* the first path is that of the ZIP itself */
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

/* What systems put beside the files of people, such as ._NAME; in folders they are not looked at
 * either. */
static bool
hidden(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash ? slash[1] : path[0]) == '.';
}

/* The first file that is an input tells what the argument is. Others, such as a README, are named
 * when they come by. */
static int
open_known(struct argument *a, struct err *e)
{
	struct err first = { 0 };

	for (a->at = 0; a->at < a->n; a->at++) {
		struct err why = { 0 };

		if (hidden(a->path[a->at]) && a->zip) {
			stream_free(a->first);
			a->first = NULL;
			continue;
		}
		if (a->first == NULL && (a->first = open_file(a, a->at, e)) == NULL)
			return -1;
		if ((a->in.kind = probe(a->first, shown(a->path[a->at]), &a->stray, &why)) !=
		    INPUT_UNKNOWN)
			return 0;
		if (first.status == 0)
			first = why;
		stream_free(a->first);
		a->first = NULL;
	}
	if (a->zip && a->zip->cut[0])
		return err_set(e, EX_DATA_ERR,
		    "%s: it cannot be read to its end (%s), and nothing that is an input stands "
		    "before that: get it once more",
		    a->arg, a->zip->cut);
	if (first.status == 0)
		return err_set(e, EX_DATA_ERR, "%s: no file in it is an input", a->arg);
	*e = first;
	return -1;
}

static int
open_first(struct argument *a, struct err *e)
{
	int rc;

	if ((a->first = open_file(a, 0, e)) == NULL || (rc = open_packed(a, e)) < 0)
		return -1;
	if (rc && bundle_is_collection(a->zip)) {
		a->in.kind = INPUT_MUST_GATHER;
		a->folder = true;
	} else if (open_known(a, e)) {
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
	if (strcmp(arg, "-") && stat(arg, &st)) {
		const char *colon = strstr(arg, "://");

		/* what stands behind the colon may be a secret */
		if (colon)
			return err_set(e, EX_USAGE_ERR,
			    "%.*s://…: an address of a kind that is not read; those are "
			    "postgres://, http://, https:// and redis://, everything else is a "
			    "file or a folder",
			    (int)(colon - arg > 20 ? 20 : colon - arg), arg);
		return err_errno(e, "%s", arg);
	}
	if (strcmp(arg, "-") && S_ISDIR(st.st_mode)) {
		if (collections_in(arg, 0, &a->path, &a->n, e))
			return -1;
		if (a->n) {
			/* of one, what lies around it is looked at as well; of several, each is an
			 * input (unfold) */
			a->folder = true;
			a->in.kind = INPUT_MUST_GATHER;
			a->rank = rank_of(a->in.kind, NULL);
			if (a->n > 1)
				qsort(a->path, a->n, sizeof *a->path, path_order);
			else if (strcmp(a->path[0], arg)) {
				free(a->path[0]);
				return (a->path[0] = strdup(arg)) ? 0 : err_nomem(e);
			}
			return 0;
		}
		if (list_folder(a, e))
			return -1;
	} else if (path_push(&a->path, &a->n, strdup(arg), e)) {
		return -1;
	}
	return open_first(a, e);
}

/* A path without the folder that it begins with. */
static const char *
below(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	if (strncmp(path, folder, n) == 0)
		path += n;
	return path + strspn(path, "/");
}

/* The files of a folder that belong to none of the collections in it: left_out of p, which is one
 * of them. */
static int
look_around(struct argument *p, const struct argument *folder, struct err *e)
{
	struct argument all = { .arg = folder->arg };
	bool toc = false;
	int rc = list_files(&all, folder->arg, 0, &toc, e);

	for (unsigned i = 0; i < all.n && rc == 0; i++) {
		bool inside = false;

		for (unsigned k = 0; k < folder->n && !inside; k++)
			inside =
			    strncmp(all.path[i], folder->path[k], strlen(folder->path[k])) == 0 &&
			    all.path[i][strlen(folder->path[k])] == '/';
		if (inside)
			continue;
		p->outside = true;
		p->n_left_out++;
		if (p->left_out == NULL &&
		    (p->left_out = strdup(below(folder->arg, all.path[i]))) == NULL)
			rc = err_nomem(e);
	}
	for (unsigned i = 0; i < all.n; i++)
		free(all.path[i]);
	free(all.path);
	free(all.left_out);
	return rc;
}

/* A folder of several must-gathers, packed or not, is so many inputs: each is a collection of its
 * own. */
static int
unfold(struct arguments *all, struct argument a, struct err *e)
{
	bool many = a.in.kind == INPUT_MUST_GATHER && a.zip == NULL && a.n > 1;
	struct argument around = { .arg = NULL };
	int rc = many && a.folder ? look_around(&around, &a, e) : 0;

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
		if (p->sealed == NULL || path_push(&p->path, &p->n, strdup(p->arg), e)) {
			rc = err_nomem(e);
		} else if (a.folder) {
			p->folder = true;
			p->in.kind = INPUT_MUST_GATHER;
			p->rank = a.rank;
			p->left_out = around.left_out;
			p->n_left_out = around.n_left_out;
			p->outside = around.outside;
			around = (struct argument){ .arg = NULL };
		} else {
			rc = open_first(p, e);
		}
		if (rc == 0 && p->in.kind != INPUT_MUST_GATHER)
			rc = err_set(e, EX_DATA_ERR,
			    "%s: the folder holds inputs of several kinds (must-gather; %s: %s): "
			    "name them one by one",
			    a.arg, p->arg, input_kind_name[p->in.kind]);
	}
	free(around.left_out);
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

		/* a stable order: equals stay as given */
		for (; k && all->order[k - 1]->rank > all->a[i].rank; k--)
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
	free(a->left_out);
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
	buf_printf(
	    &in->files, ",\"bytes\":%llu,\"sha256\":\"%s\"}", (unsigned long long)bytes, hex);
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

/* What of the argument is not read, as lacks. */
static void
tell_left_out(struct argument *a)
{
	struct input *in = &a->in;
	const char *name = strcmp(a->sealed, "-") ? a->sealed : "the input";

	if (a->outside) {
		char t[700];

		snprintf(t, sizeof t,
		    "%u files outside the collections were left out, the first of them %.500s",
		    a->n_left_out, a->left_out);
		input_lacks(in, t);
	} else if (a->n_left_out)
		input_lacks_rows(in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
		    "%u entries of the folder are no files (links to folders, pipes and the like) "
		    "and were left out, the first of them %.500s",
		    a->n_left_out, below(a->arg, a->left_out));
	if (a->zip == NULL || a->folder)
		return;
	if (a->zip->cut[0])
		input_lacks_rows(in, a->zip->damaged ? LACK_NOT_READ : LACK_CUT, NULL, ROWS_UNKNOWN,
		    "%.300s cannot be read to its end (%s): what came after that is not here", name,
		    a->zip->cut);
	if (a->zip->skipped)
		input_lacks_rows(in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
		    "%u links or special files in %.300s were left out, the first of them %.300s",
		    a->zip->skipped, name, bundle_skipped(a->zip, 0));
}

/* File i of the argument, open as f. It is of the argument's kind, or it is kept as no input
 * beside others. */
static int
read_file(struct argument *a, unsigned i, struct session *s, struct stream *f, const char *sealed,
    struct err *e)
{
	struct input *in = &a->in;
	unsigned stray = a->stray;
	enum input_kind kind = in->kind;
	struct err why = { 0 };

	if (i != a->at) {
		const char *p;
		size_t n;

		if (hidden(a->path[i]) && a->zip) {
			input_lacks(in, "hidden files (names that begin with a dot) were left out");
			return 0;
		}
		if (stream_peek(f, 1, &p, &n, e))
			return -1;
		if (n == 0 && stream_damage(f, &(bool){ false }) == NULL) {
			char t[600];

			snprintf(t, sizeof t, "%.500s is empty", sealed);
			input_lacks(in, t);
			return note_file(in, sealed, f, e);
		}
		kind = probe(f, shown(a->path[i]), &stray, &why);
	}
	if (kind == INPUT_UNKNOWN)
		return session_no_input(s, sealed, f, why.text, e) || note_file(in, sealed, f, e) ?
		    -1 :
		    0;
	if (kind != in->kind)
		return err_set(e, EX_DATA_ERR,
		    "%s: %s inputs of several kinds (%s: %s; %s: %s): %sname them one by one",
		    a->arg, a->zip ? "it holds" : "the folder holds", a->path[a->at],
		    input_kind_name[in->kind], a->path[i], input_kind_name[kind],
		    a->zip ? "unpack it and " : "");
	return session_file(s, a->path[i], sealed, f, stray, e) || note_file(in, sealed, f, e) ?
	    -1 :
	    0;
}

static int
read_all(struct argument *a, struct session *s, struct err *e)
{
	struct input *in = &a->in;

	if (a->zip)
		put_file(in, a->sealed, a->zip_bytes, a->zip_sha256);
	tell_left_out(a);
	if (a->zip && a->zip->behind)
		input_lacks_rows(in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
		    "%llu bytes behind the end of the ZIP were not read",
		    (unsigned long long)a->zip->behind);
	if (a->folder)
		return a->zip ? read_bundle(s, a->zip, e) :
				read_must_gather(s, a->path[0], NULL, e);
	for (unsigned i = 0; i < a->n; i++) {
		struct stream *f = i == a->at ? a->first : open_file(a, i, e);
		char *sealed = sealed_file(a, a->path[i]);
		int rc;

		if (i == a->at)
			a->first = NULL;
		if (f == NULL || sealed == NULL) {
			stream_free(f);
			free(sealed);
			return e->status ? -1 : err_nomem(e);
		}
		rc = read_file(a, i, s, f, sealed, e);
		free(sealed);
		if (rc || a->zip)
			stream_free(f);
		else
			rc = stream_close(f, e);
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
		return err_set(e, EX_USAGE_ERR,
		    "--table says which table of a dump is meant; %s is none (%s)", in->path,
		    input_kind_name[in->kind]);
	if (live_is(&a->live) ? live_read(&a->live, s, e) : read_all(a, s, e))
		return -1;
	if (in->kind == INPUT_REST_EVENTS || in->kind == INPUT_SERVER_EXPORT)
		input_pages_end(in, "the server");
	input_footers_end(in);
	return session_end(s, e);
}
