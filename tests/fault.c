/* LD_PRELOAD: the FAULT_AT-th call of FAULT_CALL (malloc, read, write) fails; says "hit" on stderr when it did. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long at = -1;
static const char *call;
static __thread int inside;
static int armed;              /* set when the first evidence or input is opened: libraries are up by then */

static int
due(const char *name)
{
	if (at < 0) {
		const char *n = getenv("FAULT_AT");

		call = getenv("FAULT_CALL");
		at = n && call ? atol(n) : 0;
	}
	if (inside || !armed || at <= 0 || strcmp(call, name))
		return 0;
	if (__atomic_sub_fetch(&at, 1, __ATOMIC_SEQ_CST) != 0)
		return 0;
	{
		static ssize_t (*real)(int, const void *, size_t);

		inside = 1;
		if (real == NULL)
			*(void **)&real = dlsym(RTLD_NEXT, "write");
		real(2, "hit\n", 4);
		inside = 0;
	}
	return 1;
}

#define REAL(name, type, args) static type (*real) args; if (real == NULL) { inside = 1; *(void **)&real = dlsym(RTLD_NEXT, #name); inside = 0; }

static void
arm(const char *path)
{
	size_t n = strlen(path);

	armed |= (n > 8 && strcmp(path + n - 8, ".exhibit") == 0) || (n > 6 && strcmp(path + n - 6, ".jsonl") == 0);
}

int open(const char *path, int flags, ...) { va_list ap; int mode; REAL(open, int, (const char *, int, ...)) va_start(ap, flags); mode = va_arg(ap, int); va_end(ap); arm(path); return real(path, flags, mode); }
int open64(const char *path, int flags, ...) { va_list ap; int mode; REAL(open64, int, (const char *, int, ...)) va_start(ap, flags); mode = va_arg(ap, int); va_end(ap); arm(path); return real(path, flags, mode); }
void *malloc(size_t n) { extern void *__libc_malloc(size_t); if (due("malloc")) { errno = ENOMEM; return NULL; } return __libc_malloc(n); }
void *calloc(size_t a, size_t b) { extern void *__libc_calloc(size_t, size_t); if (due("malloc")) { errno = ENOMEM; return NULL; } return __libc_calloc(a, b); }
void *realloc(void *p, size_t n) { extern void *__libc_realloc(void *, size_t); if (due("malloc")) { errno = ENOMEM; return NULL; } return __libc_realloc(p, n); }
ssize_t read(int fd, void *p, size_t n) { REAL(read, ssize_t, (int, void *, size_t)) if (due("read")) { errno = EIO; return -1; } return real(fd, p, n); }
ssize_t pread64(int fd, void *p, size_t n, off_t o) { REAL(pread64, ssize_t, (int, void *, size_t, off_t)) if (due("read")) { errno = EIO; return -1; } return real(fd, p, n, o); }
ssize_t pread(int fd, void *p, size_t n, off_t o) { REAL(pread, ssize_t, (int, void *, size_t, off_t)) if (due("read")) { errno = EIO; return -1; } return real(fd, p, n, o); }
ssize_t write(int fd, const void *p, size_t n) { REAL(write, ssize_t, (int, const void *, size_t)) if (due("write")) { errno = ENOSPC; return -1; } return real(fd, p, n); }
ssize_t pwrite64(int fd, const void *p, size_t n, off_t o) { REAL(pwrite64, ssize_t, (int, const void *, size_t, off_t)) if (due("write")) { errno = ENOSPC; return -1; } return real(fd, p, n, o); }
ssize_t pwrite(int fd, const void *p, size_t n, off_t o) { REAL(pwrite, ssize_t, (int, const void *, size_t, off_t)) if (due("write")) { errno = ENOSPC; return -1; } return real(fd, p, n, o); }
int fsync(int fd) { REAL(fsync, int, (int)) if (due("write")) { errno = EIO; return -1; } return real(fd); }
int fdatasync(int fd) { REAL(fdatasync, int, (int)) if (due("write")) { errno = EIO; return -1; } return real(fd); }
