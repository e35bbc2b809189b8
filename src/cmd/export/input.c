#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/export/export.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
files_free(struct file_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->path[i]);
	free(l->path);
	l->path = NULL;
	l->n = 0;
}

static int
push(struct file_list *l, char *path, struct err *e)
{
	char **p = path ? realloc(l->path, (l->n + 1) * sizeof *p) : NULL;

	if (p == NULL) {
		free(path);
		return err_nomem(e);
	}
	l->path = p;
	l->path[l->n++] = path;
	return 0;
}

int
files_of(const char *arg, struct file_list *ret, struct err *e)
{
	struct stat st;
	struct dirent *d;
	DIR *dir;
	char *path;

	memset(ret, 0, sizeof *ret);
	if (strcmp(arg, "-") == 0)
		return push(ret, strdup(arg), e);
	if (stat(arg, &st))
		return err_errno(e, "%s", arg);
	if (!S_ISDIR(st.st_mode))
		return push(ret, strdup(arg), e);
	if ((dir = opendir(arg)) == NULL)
		return err_errno(e, "%s", arg);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (strcmp(d->d_name, "crds") == 0 || strcmp(d->d_name, "datastorage") == 0) {
			err_set(e, EX_DATA_ERR, "%s: looks like a must-gather; this version reads its file datastorage/audit-events.json when you name it", arg);
			goto fail;
		}
		if (asprintf(&path, "%s%s%s", arg, arg[strlen(arg) - 1] == '/' ? "" : "/", d->d_name) < 0)
			path = NULL;
		if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			free(path);
			continue;
		}
		if (push(ret, path, e))
			goto fail;
	}
	closedir(dir);
	if (ret->n == 0)
		return err_set(e, EX_NO_INPUT, "%s: no file in this folder", arg);
	qsort(ret->path, ret->n, sizeof *ret->path, by_name);
	return 0;
fail:
	closedir(dir);
	files_free(ret);
	return -1;
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

int
read_argument(struct session *s, const char *arg, struct input *in, struct err *e)
{
	static int (*const reader[INPUT_KINDS])(struct session *, struct stream *, struct err *) = {
		[INPUT_PG_DUMP] = read_pg_dump, [INPUT_ROWS_JSONL] = read_json, [INPUT_ROWS_CSV] = read_csv,
		[INPUT_REST_EVENTS] = read_json, [INPUT_SERVER_EXPORT] = read_json
	};
	struct file_list l;
	int rc = -1;

	memset(in, 0, sizeof *in);
	in->path = arg;
	if (files_of(arg, &l, e))
		return -1;
	for (unsigned i = 0; i < l.n; i++) {
		struct stream *f = stream_open(l.path[i], e);
		enum input_kind kind;

		if (f == NULL)
			goto out;
		kind = probe(f, strcmp(l.path[i], "-") ? l.path[i] : "stdin", e);
		if (kind != INPUT_UNKNOWN && i && kind != in->kind) {
			err_set(e, EX_DATA_ERR, "%s: the folder holds inputs of several kinds (%s: %s; %s: %s): name them one by one", arg, l.path[0],
			    input_kind_name[in->kind], l.path[i], input_kind_name[kind]);
			kind = INPUT_UNKNOWN;
		}
		if (kind == INPUT_UNKNOWN || (i == 0 && (in->kind = kind, session_begin(s, in, e)))) {
			stream_free(f);
			goto out;
		}
		if (reader[kind](s, f, e)) {
			/* a file that is damaged further on: what was read is kept, the rest is named */
			struct err broken = *e;

			if (e->status != EX_IO_ERR || in->rows == 0 || strstr(e->text, "bytes)") == NULL) {
				stream_free(f);
				goto out;
			}
			memset(e, 0, sizeof *e);
			input_lacks(in, broken.text);
			in->rejects++;
			if (s->w) {
				unsigned chunk = 0;

				in->rejects--;
				if (session_reject(s, in->source, 0, "", 0, &chunk, false, l.path[i], broken.text, e)) {
					stream_free(f);
					goto out;
				}
			}
		}
		if (note_file(in, l.path[i], f, e)) {
			stream_free(f);
			goto out;
		}
		if (stream_close(f, e))
			goto out;
	}
	rc = session_end(s, e);
out:
	files_free(&l);
	return rc;
}
