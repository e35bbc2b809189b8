#include "os/os.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

unsigned
os_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	return (unsigned)(CPU_COUNT(&set) > 16 ? 16 : CPU_COUNT(&set));
}

bool
os_random(void *to, size_t n)
{
	return getrandom(to, n, 0) == (ssize_t)n;
}

int
os_dup(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

bool
os_name_of(int fd, char ret[64])
{
	snprintf(ret, 64, "/proc/self/fd/%d", fd);
	return true;
}

bool
os_lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLKW, &whole) == 0;
}

int
os_open_program(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

unsigned
os_columns(int fd)
{
	struct winsize w;

	return ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

void
os_begin(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

void
os_on_interrupt(void (*f)(int signal))
{
	signal(SIGINT, f);
}

void *
os_frozen_new(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

bool
os_freeze(void *p, size_t n)
{
	return mprotect(p, n, PROT_READ) == 0;
}

void
os_frozen_free(void *p, size_t n)
{
	munmap(p, n);
}
