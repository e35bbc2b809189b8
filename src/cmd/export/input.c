/* Reading the inputs of a run: the files of each, one after the other, by the reader of its
 * kind. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/export/export.h"

const char *
path_shown(const char *path)
{
	return strcmp(path, "-") ? path : "stdin";
}

const char *
path_below(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	if (strncmp(path, folder, n) == 0)
		path += n;
	return path + strspn(path, "/");
}

/* A file of an argument, as it is called in the archive: of a folder, behind the folder's name.
 * NULL: no memory. */
char *
sealed_file(const struct argument *a, const char *path)
{
	char *out;

	if (strcmp(path, a->arg) == 0)
		return strdup(a->sealed);
	return asprintf(&out, "%s/%s", a->sealed, path_below(a->arg, path)) < 0 ? NULL : out;
}

/* What systems put beside the files of people, such as ._NAME; in folders they are not looked at
 * either. */
bool
hidden_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash ? slash[1] : path[0]) == '.';
}

/* paths tell of the machine and its users, and are sealed only where that is asked for. */
int
argument_name(struct argument *a, unsigned i, const struct cli *c, struct err *e)
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

struct stream *
argument_file(struct argument *a, unsigned i, struct err *e)
{
	const struct bundle_file *f;

	if (a->packed == NULL)
		return stream_open(a->path[i], e);
	/* the path is that of the tar or ZIP and the file's own */
	if ((f = bundle_find(&a->packed->b, a->path[i] + strlen(a->arg) + 1)) != NULL)
		return bundle_stream(&a->packed->b, f, e);
	err_set(e, EX_SOFTWARE_ERR, "%s: not among the files unpacked", a->path[i]);
	return NULL;
}

static void
put_file(struct input *in, const char *path, uint64_t bytes, const uint8_t sha256[32])
{
	struct emit e;

	emit_within(&e, &in->files);
	emit_object(&e, NULL);
	emit_str(&e, "path", path);
	emit_u64(&e, "bytes", bytes);
	emit_hash(&e, "sha256", sha256);
	emit_end(&e);
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
		    a->n_left_out, path_below(a->arg, a->left_out));
	if (a->packed == NULL || a->collection)
		return;
	if (a->packed->b.cut[0])
		input_lacks_rows(in, a->packed->b.damaged ? LACK_NOT_READ : LACK_CUT, NULL,
		    ROWS_UNKNOWN,
		    "%.300s cannot be read to its end (%s): what came after that is not here", name,
		    a->packed->b.cut);
	if (a->packed->b.skipped)
		input_lacks_rows(in, LACK_NOT_READ, NULL, ROWS_UNKNOWN,
		    "%u links or special files in %.300s were left out, the first of them %.300s",
		    a->packed->b.skipped, name, bundle_skipped(&a->packed->b, 0));
}

/* A file that is left out on purpose: its bytes are understood. */
static int
pass_file(struct session *s, struct stream *f, struct err *e)
{
	const char *p;
	size_t n;

	while (stream_peek(f, 65536, &p, &n, e) == 0 && n)
		stream_skip(f, n);
	session_understood(s, (size_t)stream_read(f));
	s->in->bytes.read += stream_read(f);
	return e->status ? -1 : 0;
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

	/* other files of the argument are looked at by their content, each by itself */
	if (i != a->at) {
		const char *p;
		size_t n;

		/* hidden files are left out, and that is said */
		if (hidden_file(a->path[i]) && a->packed) {
			input_lacks(in, "hidden files (names that begin with a dot) were left out");
			return pass_file(s, f, e);
		}
		if (stream_peek(f, 1, &p, &n, e))
			return -1;
		if (n == 0 && stream_damage(f, &(bool){ false }) == NULL) {
			char t[600];

			snprintf(t, sizeof t, "%.500s is empty", sealed);
			input_lacks(in, t);
			return note_file(in, sealed, f, e);
		}
		/* what it is, and whether it is what the argument holds */
		kind = probe(f, path_shown(a->path[i]), &stray, &why);
	}
	/* kept as it is, so that nobody can say it was not there */
	if (kind == INPUT_UNKNOWN)
		return session_no_input(s, sealed, f, why.text, e) || note_file(in, sealed, f, e) ?
		    -1 :
		    0;
	/* several kinds in one argument: which is the source cannot be told */
	if (kind != in->kind)
		return err_set(e, EX_DATA_ERR,
		    "%s: %s inputs of several kinds (%s: %s; %s: %s): %sname them one by one",
		    a->arg, a->packed ? "it holds" : "the folder holds", a->path[a->at],
		    input_reader[in->kind].name, a->path[i], input_reader[kind].name,
		    a->packed ? "unpack it and " : "");
	return session_file(s, a->path[i], sealed, f, stray, e) || note_file(in, sealed, f, e) ?
	    -1 :
	    0;
}

/* A collection: of a folder, or of a tar or ZIP. */
static int
read_one_collection(struct argument *a, struct session *s, struct err *e)
{
	struct gather_root *root = NULL;
	struct bundle b;
	unsigned n = 0;
	int rc = -1;

	if (a->packed)
		return read_must_gather(
		    s, &a->packed->b, a->packed->root, a->packed->n_roots, a->root, a->around, e);
	if (bundle_init(&b, gather_wants, e) == 0 && bundle_folder(&b, a->path[0], e) == 0 &&
	    gather_roots(&b, &root, &n, e) == 0) {
		/* others that lie in it, or around, are inputs of their own */
		rc = n ? read_must_gather(s, &b, root, 1, 0, a->around, e) :
			 err_set(e, EX_DATA_ERR, "%s: changed while it was read", a->arg);
	}
	free(root);
	bundle_release(&b);
	return rc;
}

/* What of a tar or ZIP is no content, and what stands behind it: counted by one of its inputs. */
static int
read_around(struct argument *a, struct session *s, struct err *e)
{
	struct input *in = &a->in;

	if (a->packed == NULL)
		return 0;
	put_file(in, strcmp(a->sealed, "-") ? a->sealed : "-", a->packed->bytes, a->packed->sha256);
	if (!a->tells_packed)
		return 0;
	in->bytes.read += a->packed->b.structure;
	session_understood(s, (size_t)a->packed->b.structure);
	in->bytes.again += a->packed->b.linked;
	return session_behind(
	    s, &a->packed->b, strcmp(a->sealed, "-") ? a->sealed : "the input", e);
}

static int
read_all(struct argument *a, struct session *s, struct err *e)
{
	tell_left_out(a);
	if (read_around(a, s, e))
		return -1;
	if (a->collection)
		return read_one_collection(a, s, e);
	for (unsigned i = 0; i < a->n; i++) {
		struct stream *f = i == a->at ? a->first : argument_file(a, i, e);
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
		if (rc || a->packed)
			stream_free(f);
		else
			rc = stream_close(f, e);
		if (rc)
			return rc;
	}
	return 0;
}

int
argument_read(struct argument *a, struct session *s, struct argument *next, struct err *e)
{
	struct input *in = &a->in;
	bool together;

	if (session_begin(s, in, e))
		return -1;
	in->bytes.told = !live_is(&a->live);
	if (s->table && in->kind != INPUT_PG_DUMP)
		return err_set(e, EX_USAGE_ERR,
		    "--table says which table of a dump is meant; %s is none (%s)", in->path,
		    input_reader[in->kind].name);
	if (live_is(&a->live) ? live_read(&a->live, s, e) : read_all(a, s, e))
		return -1;
	together = next && next->rank == a->rank && in->kind == INPUT_REST_EVENTS &&
	    next->in.kind == in->kind;
	if ((in->kind == INPUT_REST_EVENTS || in->kind == INPUT_SERVER_EXPORT) &&
	    input_pages_end(in, "the server", together ? &next->in : NULL, e))
		return -1;
	input_footers_end(in);
	return session_end(s, e);
}

int
arguments_read(const struct arguments *all, struct session *s, struct err *e)
{
	struct input *in;
	int rc;

	for (unsigned i = 0; i < all->n; i++)
		if (argument_read(all->order[i], s, i + 1 < all->n ? all->order[i + 1] : NULL, e))
			return -1;
	if ((in = calloc(all->n, sizeof *in)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < all->n; i++)
		in[i] = all->a[i].in;
	rc = session_vanished(s, in, all->n, e);
	free(in);
	return rc;
}
