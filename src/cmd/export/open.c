/* The arguments of the exporter: what each is, by its content; which inputs a folder, a tar or a
 * ZIP holds; in which order all are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/vec.h"
#include "cmd/export/export.h"

/* Answers of old servers know less than others. */
static unsigned
rank_of(enum input_kind kind, struct stream *f)
{
	return kind == INPUT_REST_EVENTS && probe_old_server(f) ? RANK_OLD_ANSWERS :
								  input_reader[kind].rank;
}

/* The first file that is an input tells what the argument is. Others, such as a README, are named
 * when they come by. */
static int
open_known(struct argument *a, struct err *e)
{
	struct err first = { 0 };

	for (a->at = 0; a->at < a->n; a->at++) {
		struct err why = { 0 };

		if (hidden_file(a->path[a->at]) && a->packed) {
			stream_free(a->first);
			a->first = NULL;
			continue;
		}
		if (a->first == NULL && (a->first = argument_file(a, a->at, e)) == NULL)
			return -1;
		if ((a->in.kind = probe(a->first, path_shown(a->path[a->at]), &a->stray, &why)) !=
		    INPUT_UNKNOWN)
			return 0;
		if (first.status == 0)
			first = why;
		stream_free(a->first);
		a->first = NULL;
	}
	if (a->packed && a->packed->b.cut[0])
		return err_set(e, EX_DATA_ERR,
		    "%s: it cannot be read to its end (%s), and nothing that is an input stands "
		    "before that: get it once more",
		    a->arg, a->packed->b.cut);
	if (first.status == 0)
		return err_set(e, EX_DATA_ERR, "%s: no file in it is an input", a->arg);
	*e = first;
	return -1;
}

/* One more input; valid until the next one. NULL: no memory (e). */
static struct argument *
another(struct arguments *all, const struct argument *as, struct err *e)
{
	if (vec_more(&all->a, all->n, sizeof *all->a)) {
		err_nomem(e);
		return NULL;
	}
	all->a[all->n] = *as;
	return &all->a[all->n++];
}

/* ---- tars and ZIPs ---- */

/* -1: it cannot be read (e). */
static int
is_packed(struct stream *f, bool *ret, bool *ret_zip, struct err *e)
{
	const char *p;
	size_t n;

	if (stream_peek(f, 512, &p, &n, e))
		return -1;
	*ret_zip = n >= 4 && memcmp(p, "PK\3\4", 4) == 0;
	*ret = *ret_zip || (n >= 263 && memcmp(p + 257, "ustar", 5) == 0);
	return 0;
}

/* toc.dat and the files of tables: pg_dump -Ft. */
static bool
is_pg_tar(const struct bundle *b)
{
	unsigned dat = 0;

	if (bundle_find(b, "toc.dat") == NULL)
		return false;
	for (unsigned i = 0; i < b->n; i++) {
		size_t n = strlen(b->file[i].path);

		dat += n > 4 && strcmp(b->file[i].path + n - 4, ".dat") == 0;
	}
	return dat > 1;
}

static void
packed_release(struct packed *p)
{
	if (p == NULL || --p->refs)
		return;
	bundle_release(&p->b);
	free(p->root);
	free(p);
}

/* Unpacks f, which stands at its beginning, to its last byte. NULL (e). */
static struct packed *
unpack_file(struct stream *f, bool zip, const char *name, struct err *e)
{
	struct packed *p = calloc(1, sizeof *p);
	const char *damage;

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->refs = 1;
	/* of a collection only some files are read; of everything else all */
	if (bundle_init(&p->b, zip || probe_plain_tar(f) ? NULL : gather_wants, e) ||
	    (zip ? bundle_zip : bundle_tar)(&p->b, f, name, e) || bundle_rest(&p->b, f, e))
		goto fail;
	/* a damage that ended it is told, and what was unpacked stays */
	if ((damage = stream_damage(f, &(bool){ false })) != NULL && p->b.cut[0] == '\0') {
		bool cut;

		stream_damage(f, &cut);
		p->b.damaged = !cut;
		snprintf(p->b.cut, sizeof p->b.cut, "%s", damage);
	}
	/* an archive of nothing is an error */
	if (p->b.n == 0) {
		err_set(e, EX_DATA_ERR, "%s: a %s without any file", name, zip ? "ZIP" : "tar");
		goto fail;
	}
	/* a dump in this form has no rows that could be read */
	if (is_pg_tar(&p->b)) {
		err_set(e, EX_DATA_ERR,
		    "%s: a pg_dump in tar format (-Ft); make it plain and archive that: "
		    "pg_restore -f dump.sql %s",
		    name, name);
		goto fail;
	}
	/* totals and digest of the whole, for the record of the input */
	if (stream_totals(f, &p->bytes, p->sha256, e) ||
	    gather_roots(&p->b, &p->root, &p->n_roots, e))
		goto fail;
	return p;
fail:
	packed_release(p);
	return NULL;
}

/* The files of a tar or ZIP that belong to no collection: the paths of a. */
static int
files_around(struct argument *a, const struct packed *p, struct err *e)
{
	for (unsigned i = 0; i < p->b.n; i++) {
		const char *path = p->b.file[i].path;
		char *name;

		if (gather_root_of(p->root, p->n_roots, path) >= 0 ||
		    (p->n_roots && (!p->b.file[i].kept || hidden_file(path))))
			continue;
		if (asprintf(&name, "%s/%s", a->arg, path) < 0)
			name = NULL;
		if (path_push(&a->path, &a->n, name, e))
			return -1;
	}
	return 0;
}

/* One of several collections in a tar or ZIP: called by its folder there. */
static int
name_collection(
    struct argument *a, const struct argument *of, const struct gather_root *root, struct err *e)
{
	size_t n = root->n ? root->n - 1 : 0;
	char *arg, *sealed;

	if (asprintf(&arg, "%s%s%.*s", of->arg, n ? "/" : "", (int)n, root->path) < 0)
		return err_nomem(e);
	a->arg = a->in.path = arg;
	a->owned = true;
	if (asprintf(&sealed, "%s%s%.*s", of->sealed, n ? "/" : "", (int)n, root->path) < 0)
		return err_nomem(e);
	a->in.sealed = a->sealed = sealed;
	return 0;
}

/* The name that was given becomes an input's own. */
static void
hand_over(struct argument *to, struct argument *from)
{
	to->arg = to->in.path = from->arg;
	to->in.sealed = to->sealed = from->sealed;
	to->owned = from->owned;
	from->sealed = NULL;
	from->owned = false;
}

/* One of its collections as an input; grouped: other files are one, too. */
static int
add_collection(struct arguments *all, struct argument *a, struct packed *p, unsigned i,
    bool grouped, struct err *e)
{
	struct argument one = { .packed = p, .collection = true, .root = i }, *x;

	one.in.kind = INPUT_MUST_GATHER;
	one.rank = rank_of(INPUT_MUST_GATHER, NULL);
	one.around = i == 0 && !grouped;
	if ((x = another(all, &one, e)) == NULL)
		return -1;
	p->refs++;
	/* the only one keeps the name that was given */
	if (p->n_roots == 1 && !grouped)
		hand_over(x, a);
	else if (name_collection(x, a, &p->root[i], e))
		return -1;
	return 0;
}

/* The inputs of a tar or ZIP: each collection in it, and its other files, if one of them is an
 * input. a holds its name and becomes one of them, or is released; p as well. */
static int
expand_packed(struct arguments *all, struct argument *a, struct packed *p, struct err *e)
{
	struct argument group = { .arg = a->arg }, *x;
	struct err none = { 0 };
	unsigned first = all->n;
	bool grouped;
	int rc = -1;

	group.packed = p;
	if (files_around(&group, p, e))
		/* files beside the collections may be an input of their own */
		goto out;
	grouped = group.n && open_known(&group, p->n_roots ? &none : e) == 0;
	/* neither a collection nor an input: said, and not guessed at */
	if (p->n_roots == 0 && !grouped) {
		if (e->status == 0)
			err_set(e, EX_DATA_ERR, "%s: no file in it is an input", a->arg);
		goto out;
	}
	if (none.status == EX_OS_ERR || none.status == EX_IO_ERR) {
		*e = none;
		goto out;
	}
	/* each collection is an input of its own, even in one file */
	for (unsigned i = 0; i < p->n_roots; i++)
		if (add_collection(all, a, p, i, grouped, e))
			goto out;
	/* what else is in it, as one input */
	if (grouped) {
		group.rank = rank_of(group.in.kind, group.first);
		if ((x = another(all, &group, e)) == NULL)
			goto out;
		p->refs++;
		hand_over(x, a);
		group = (struct argument){ .arg = NULL };
	}
	all->a[first].tells_packed = true;
	rc = 0;
out:
	group.packed = NULL;
	group.sealed = NULL;
	group.owned = false;
	argument_release(&group);
	argument_release(a);
	packed_release(p);
	return rc;
}

/* ---- files and folders ---- */

/* A file by itself, or stdin. */
static int
open_file(struct arguments *all, struct argument *a, struct err *e)
{
	bool packed, zip;
	struct packed *p;

	if (path_push(&a->path, &a->n, strdup(a->arg), e) ||
	    (a->first = stream_open(a->arg, e)) == NULL || is_packed(a->first, &packed, &zip, e))
		goto fail;
	if (packed) {
		if ((p = unpack_file(a->first, zip, path_shown(a->arg), e)) == NULL)
			goto fail;
		if (stream_close(a->first, e)) {
			a->first = NULL;
			packed_release(p);
			goto fail;
		}
		a->first = NULL;
		return expand_packed(all, a, p, e);
	}
	if (open_known(a, e))
		goto fail;
	a->rank = rank_of(a->in.kind, a->first);
	if (another(all, a, e))
		return 0;
fail:
	argument_release(a);
	return -1;
}

/* The place of a path among the roots of collections that lie unpacked; -1: in none.
 * *ret_direct: it stands in the root's folder itself. */
static int
root_of(char *const *root, unsigned n, const char *path, bool *ret_direct)
{
	int best = -1;
	size_t longest = 0;

	*ret_direct = false;
	for (unsigned i = 0; i < n; i++) {
		size_t k = strlen(root[i]);

		while (k > 1 && root[i][k - 1] == '/')
			k--;
		if (strncmp(path, root[i], k) || path[k] != '/' || k < longest)
			continue;
		best = (int)i;
		longest = k;
		*ret_direct = strchr(path + k + strspn(path + k, "/"), '/') == NULL;
	}
	return best;
}

/* A file of a folder: a tar or ZIP is inputs of its own, everything else goes to rest. inside: it
 * stands beside the files of a collection, and only another collection is anything there. */
static int
sort_out(struct arguments *all, const struct argument *folder, const char *path, bool inside,
    struct argument *rest, struct err *e)
{
	struct argument one = { .arg = NULL };
	struct stream *f = stream_open(path, e);
	bool packed = false, zip;
	struct packed *p;

	if (f == NULL || is_packed(f, &packed, &zip, e)) {
		stream_free(f);
		return -1;
	}
	if (!packed) {
		stream_free(f);
		return inside ? 0 : path_push(&rest->path, &rest->n, strdup(path), e);
	}
	p = unpack_file(f, zip, path, e);
	stream_free(f);
	if (p == NULL)
		return -1;
	if (inside && p->n_roots == 0) {
		packed_release(p);
		return 0;
	}
	one.in.sealed = one.sealed = sealed_file(folder, path);
	one.arg = one.in.path = strdup(path);
	one.owned = true;
	if (one.sealed && one.arg)
		return expand_packed(all, &one, p, e);
	packed_release(p);
	argument_release(&one);
	return err_nomem(e);
}

/* The collections that lie unpacked in a folder. One of them is the folder itself, as it was given,
 * with what lies around; of several, each is an input of its own. */
static int
add_collections(struct arguments *all, const struct argument *folder, char *const *root, unsigned n,
    struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		struct argument one = { .collection = true, .owned = true }, *x;
		const char *path = n == 1 ? folder->arg : root[i];

		one.in.kind = INPUT_MUST_GATHER;
		one.rank = rank_of(INPUT_MUST_GATHER, NULL);
		if ((x = another(all, &one, e)) == NULL)
			return -1;
		x->in.sealed = x->sealed = sealed_file(folder, path);
		x->arg = x->in.path = strdup(path);
		if (x->sealed == NULL || x->arg == NULL ||
		    path_push(&x->path, &x->n, strdup(path), e))
			return err_nomem(e);
	}
	return 0;
}

/* What lies in a folder and is no input: told by the first of its inputs. rest: files that are
 * none; NULL: they are among those of an input, which names them. */
static void
tell_around(struct arguments *all, unsigned first, struct argument *a, struct argument *rest,
    unsigned n_roots)
{
	struct argument *x = &all->a[first];
	bool alone = all->n == first + 1;

	/* one collection, which looks at all that lies around it */
	x->around = n_roots == 1 && alone;
	if (rest && rest->n && !x->around) {
		x->outside = true;
		x->n_left_out = rest->n;
		x->left_out = strdup(path_below(a->arg, rest->path[0]));
	} else if (a->n_left_out && !x->around) {
		x->n_left_out = a->n_left_out;
		x->left_out = a->left_out;
		a->left_out = NULL;
	}
}

/* Each file belongs to one collection, or is of the rest; sorted, so that a folder gives the same
 * archive on every machine. */
static int
sort_folder(struct arguments *all, struct argument *a, char **root, unsigned n_roots,
    struct argument *rest, struct err *e)
{
	qsort(a->path, a->n, sizeof *a->path, path_order);
	if (n_roots)
		qsort(root, n_roots, sizeof *root, path_order);
	if (add_collections(all, a, root, n_roots, e))
		return -1;
	for (unsigned i = 0; i < a->n; i++) {
		bool direct;
		int in = root_of(root, n_roots, a->path[i], &direct);

		if ((in < 0 || direct) && sort_out(all, a, a->path[i], in >= 0, rest, e))
			return -1;
	}
	return 0;
}

/* A folder is as many inputs as there are collections in it, unpacked or not, and tars or ZIPs;
 * what else is in it is one input, of one kind. */
static int
open_folder(struct arguments *all, struct argument *a, struct err *e)
{
	struct argument rest = { .arg = a->arg };
	unsigned first = all->n, n_roots = 0;
	struct err none = { 0 };
	char **root = NULL;
	bool toc = false, known = false;
	int rc = -1;

	/* what is in the folder is looked for before any of it is opened */
	rest.in.path = a->arg;
	if (collections_in(a->arg, 0, &root, &n_roots, e) || list_files(a, a->arg, 0, &toc, e))
		goto out;
	/* a dump in this form is known by its table of contents */
	if (toc && n_roots == 0) {
		err_set(e, EX_DATA_ERR,
		    "%s: a pg_dump in directory format (-Fd); make it plain and archive that: "
		    "pg_restore -f dump.sql %s",
		    a->arg, a->arg);
		goto out;
	}
	if (a->n == 0) {
		err_set(e, EX_NO_INPUT, "%s: no file in this folder", a->arg);
		goto out;
	}
	if (sort_folder(all, a, root, n_roots, &rest, e))
		goto out;
	/* what belongs to none may be an input of its own */
	if (rest.n) {
		known = open_known(&rest, all->n > first ? &none : e) == 0;
		if (!known && all->n == first)
			goto out;
	}
	/* the name that was given stands for the rest */
	if (known) {
		rest.in.sealed = rest.sealed = strdup(a->sealed);
		rest.rank = rank_of(rest.in.kind, rest.first);
		if (rest.sealed == NULL || another(all, &rest, e) == NULL) {
			err_nomem(e);
			goto out;
		}
		rest = (struct argument){ .arg = NULL };
	}
	tell_around(all, first, a, known ? NULL : &rest, n_roots);
	rc = 0;
out:
	for (unsigned i = 0; i < n_roots; i++)
		free(root[i]);
	free(root);
	argument_release(&rest);
	argument_release(a);
	return rc;
}

int
arguments_add(
    struct arguments *all, const char *arg, unsigned i, const struct cli *c, struct err *e)
{
	struct argument a = { .arg = arg };
	struct stat st;
	int rc;

	a.in.path = arg;
	/* an address of a database is no file */
	if ((rc = live_open(&a.live, arg, c, &a.in, &a.rank, e)) != 0) {
		a.arg = a.in.path;
		a.in.sealed = cli_nth(c, "label", i);
		if (rc > 0 && another(all, &a, e))
			return 0;
		argument_release(&a);
		return -1;
	}
	/* its name as it will be sealed */
	if (argument_name(&a, i, c, e))
		return -1;
	/* behind a colon there may be a password: it is not repeated */
	if (strcmp(arg, "-") && stat(arg, &st)) {
		const char *colon = strstr(arg, "://");

		/* what stands behind the colon may be a secret */
		rc = colon ? err_set(e, EX_USAGE_ERR,
				 "%.*s://…: an address of a kind that is not read; those are "
				 "postgres://, http://, https:// and redis://, everything else is "
				 "a "
				 "file or a folder",
				 (int)(colon - arg > 20 ? 20 : colon - arg), arg) :
			     err_errno(e, "%s", arg);
		argument_release(&a);
		return rc;
	}
	return strcmp(arg, "-") && S_ISDIR(st.st_mode) ? open_folder(all, &a, e) :
							 open_file(all, &a, e);
}

int
arguments_open(struct arguments *all, const struct cli *c, struct err *e)
{
	for (unsigned i = 0; i < c->n_args; i++)
		if (arguments_add(all, c->arg[i], i, c, e))
			return -1;
	return arguments_order(all, e);
}

int
arguments_order(struct arguments *all, struct err *e)
{
	if ((all->order = calloc(all->n ? all->n : 1, sizeof *all->order)) == NULL)
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
	*all = (struct arguments){ .n = 0 };
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
	packed_release(a->packed);
	live_release(&a->live);
	input_release(&a->in);
	if (a->owned)
		free((char *)(uintptr_t)a->arg);
}
