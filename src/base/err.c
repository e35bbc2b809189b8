#include "base/err.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_bool refused;

void
nomem_note(void)
{
	atomic_store(&refused, true);
}
bool
nomem_noted(void)
{
	return atomic_load(&refused);
}

int
err_set(struct err *e, int status, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return -1;
	e->status = status;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_there_already(struct err *e, const char *path, const char *what, const char *more)
{
	return err_set(e, EX_CANT_CREATE,
	    "%s exists already; %s is never replaced: choose another --out or move it away%s", path,
	    what, more);
}

int
err_errno(struct err *e, const char *fmt, ...)
{
	int no = errno;
	size_t n;
	va_list ap;

	if (e->status)
		return -1;
	e->status = no == ENOENT        ? EX_NO_INPUT :
	    no == EACCES || no == EPERM ? EX_NO_PERM :
	    no == ENOMEM                ? EX_OS_ERR :
					  EX_IO_ERR;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(no));
	return -1;
}

int
err_nomem(struct err *e)
{
	nomem_note();
	return err_set(e, EX_OS_ERR, "out of memory");
}
