#include "cmd/analyze/unpacked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/analyze/analyze.h"
#include "cmd/analyze/outdir.h"
#include "cmd/zipped.h"

/* Signals that wait for the folder to go; of one bundle at a time. */
static sigset_t before;

/* ---- the process that unpacks */

static int
unpack_one(struct zipped *z, struct outdir *o, struct err *e)
{
	static unsigned char chunk[1 << 16];
	struct err why = { 0 }; /* of the folder; the zip's own is said as it is */
	int n, rc = outdir_create(o, &why, "%s", z->name);

	if (rc > 0)
		return err_set(
		    e, EX_DATA_ERR, "%.300s: %.400s: it is here twice", z->path, z->name);
	while (rc == 0 && (n = zipped_read(z, chunk, sizeof chunk, e)) != 0)
		if (n < 0 || fwrite(chunk, 1, (size_t)n, o->file) != (size_t)n)
			rc = -1;
	if (o->file && outdir_finish(o, rc == 0 && e->status == 0, &why))
		rc = -1;
	if (rc == 0 && e->status == 0)
		return 0;
	return err_set(e, EX_IO_ERR, "%.200s: %.200s cannot be unpacked into TMPDIR: %s", z->path,
	    z->name, errno ? strerror(errno) : why.text);
}

static int
unpack_all(int fd, const struct unpacked *u, struct outdir *o, struct err *e)
{
	struct zipped z;
	int rc = zipped_open(&z, fd, u->given, e), more = 0;

	/* folders come with what they hold: an empty one holds nothing of a bundle */
	while (rc == 0 && (more = zipped_next(&z, e)) > 0)
		rc = z.folder ? 0 : unpack_one(&z, o, e);
	zipped_close(&z);
	return rc || more < 0 ? -1 : 0;
}

/* Its exit: what went wrong goes through the pipe. */
static _Noreturn void
child(int zip, int pipe, const struct unpacked *u, bool wanted, struct outdir *o)
{
	const struct sandbox_may may = { u->made, NULL, NULL };
	enum sandbox_state state;
	struct err e = { 0 };
	char words[128];

	if (sandbox_enter(wanted, &may, &state, words, &e) == 0)
		unpack_all(zip, u, o, &e);
	if (e.status && write(pipe, &e, sizeof e) != sizeof e)
		e.status = EX_SOFTWARE_ERR;
	_exit(e.status);
}

/* Starts it and waits. 0 or -1 (e). */
static int
by_child(int zip, const struct unpacked *u, bool wanted, struct err *e)
{
	struct outdir o;
	struct err told;
	int end[2], status = -1;
	pid_t pid;

	if (outdir_open(&o, u->made, e))
		return -1;
	if (pipe2(end, O_CLOEXEC)) {
		outdir_close(&o);
		return err_errno(e, "a pipe");
	}
	if ((pid = fork()) == 0) {
		/* interrupted, it ends at once; this process removes what it left */
		sigprocmask(SIG_SETMASK, &before, NULL);
		child(zip, end[1], u, wanted, &o);
	}
	close(end[1]);
	if (pid < 0)
		err_errno(e, "a process to unpack %.300s", u->given);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && read(end[0], &told, sizeof told) == sizeof told) {
		told.text[sizeof told.text - 1] = '\0';
		*e = told;
	} else if (pid > 0 && status != 0) {
		err_set(
		    e, EX_SOFTWARE_ERR, "%.300s: unpacking it did not come to its end", u->given);
	}
	close(end[0]);
	outdir_close(&o);
	return e->status ? -1 : 0;
}

/* ---- the folder */

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	remove(path);
	return 0;
}

/* Somebody packed the folder itself, not what is in it: one folder, and nothing beside it. */
static void
step_down(struct unpacked *u)
{
	struct dirent *x;
	char only[256] = "", path[4300];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof path, "%s/bundle.json", u->dir);
	if (access(path, F_OK) == 0 || (d = opendir(u->dir)) == NULL)
		return;
	while ((x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") && strcmp(x->d_name, "..") && n++ == 0)
			snprintf(only, sizeof only, "%s", x->d_name);
	closedir(d);
	snprintf(path, sizeof path, "%.4000s/%s", u->dir, only);
	if (n == 1 && strlen(path) < sizeof u->dir)
		memcpy(u->dir, path, strlen(path) + 1);
}

int
unpacked_open(struct unpacked *u, const struct cli *c, const char *given, struct err *e)
{
	const char *tmp = getenv("TMPDIR"), *sandbox = cli_get(c, "sandbox");
	sigset_t interrupts;
	struct stat st;
	int fd, rc;

	*u = (struct unpacked){ .given = given };
	snprintf(u->dir, sizeof u->dir, "%.4100s", given);
	/* what is not there is told by who wants to open it */
	if (stat(given, &st) || S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(e, EX_DATA_ERR, "%.300s: want a folder or a zip", given);
	if ((fd = open(given, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%.300s", given);
	/* from here on an interruption waits until the folder is gone */
	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGINT);
	sigaddset(&interrupts, SIGTERM);
	sigaddset(&interrupts, SIGHUP);
	sigprocmask(SIG_BLOCK, &interrupts, &before);
	snprintf(u->made, sizeof u->made, "%.4000s/exhibit-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(u->made) == NULL) {
		u->made[0] = '\0';
		sigprocmask(SIG_SETMASK, &before, NULL);
		rc = err_errno(
		    e, "a folder for %.300s in %.300s (TMPDIR)", given, tmp && *tmp ? tmp : "/tmp");
	} else {
		snprintf(u->dir, sizeof u->dir, "%s", u->made);
		rc = by_child(fd, u, sandbox == NULL || strcmp(sandbox, "on") == 0, e);
	}
	close(fd);
	if (rc == 0)
		step_down(u);
	unpacked_say(u, e);
	return rc;
}

void
unpacked_close(struct unpacked *u)
{
	if (u->made[0] == '\0')
		return;
	nftw(u->made, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	u->made[0] = '\0';
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void
unpacked_say(const struct unpacked *u, struct err *e)
{
	size_t n = strlen(u->dir);
	char was[sizeof e->text], *at;

	if (u->made[0] == '\0' || (at = strstr(e->text, u->dir)) == NULL)
		return;
	memcpy(was, at + n, strlen(at + n) + 1);
	snprintf(at, sizeof e->text - (size_t)(at - e->text), "%.300s%s", u->given, was);
}
