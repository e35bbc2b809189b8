/* The page: one thread, no terminal, no signals; its files are what was dropped on it. */
#include "os/os.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

unsigned
os_cpus(void)
{
	return 1;
}

bool
os_random(void *to, size_t n)
{
	return n <= 256 && getentropy(to, n) == 0;
}

int
os_dup(int fd)
{
	(void)fd;
	errno = ENOTSUP;
	return -1;
}

bool
os_name_of(int fd, char ret[64])
{
	(void)fd;
	(void)ret;
	return false;
}

bool
os_lock(int fd)
{
	(void)fd;
	return true;
}

int
os_open_program(void)
{
	errno = ENOTSUP;
	return -1;
}

unsigned
os_columns(int fd)
{
	(void)fd;
	return 0;
}

void
os_begin(void)
{
}

void
os_on_interrupt(void (*f)(int signal))
{
	(void)f;
}

/* There is no sandbox to deceive: the module reaches nothing but what the page hands it. */
void *
os_frozen_new(size_t n)
{
	return calloc(1, n);
}

bool
os_freeze(void *p, size_t n)
{
	(void)p;
	(void)n;
	return true;
}

void
os_frozen_free(void *p, size_t n)
{
	(void)n;
	free(p);
}

/* ---- what libraries and verbs want that a page has not */

/* One user, who is nobody else. */
unsigned
getuid(void)
{
	return 0;
}

unsigned
geteuid(void)
{
	return 0;
}

unsigned
getgid(void)
{
	return 0;
}

unsigned
getegid(void)
{
	return 0;
}

static int
not_here(void)
{
	errno = ENOTSUP;
	return -1;
}

int
dup2(int from, int to)
{
	(void)from;
	(void)to;
	return not_here();
}

int
mkostemp(char *name, int flags)
{
	(void)name;
	(void)flags;
	return not_here();
}

int
fchmod(int fd, unsigned mode)
{
	(void)fd;
	(void)mode;
	return not_here();
}

int
flock(int fd, int how)
{
	(void)fd;
	(void)how;
	return 0;
}

char *
realpath(const char *path, char *to)
{
	(void)path;
	(void)to;
	errno = ENOTSUP;
	return NULL;
}

int
malloc_trim(size_t keep)
{
	(void)keep;
	return 0;
}
