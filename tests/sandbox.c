/*
 * What is refused inside the analyzer's sandbox (J-15). usage: sandbox OUT-DIR|- FILES(0|1) OUTSIDE-FILE INSIDE-FILE
 * Without FILES, INSIDE-FILE is the one that may be renamed to INSIDE-FILE.moved.
 * One line a try: what, and 0 or the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/analyze/analyze.h"

static void *
thread(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static void
tried(const char *what, int rc)
{
	printf("%s %d\n", what, rc < 0 ? errno : 0);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	enum sandbox_state state;
	struct rlimit limit = { 10, 10 };
	struct err e = { 0 };
	char words[128], moved[4200], other[4200];
	struct sandbox_may may = { NULL, NULL, NULL };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t t;
	pid_t parent = getppid(), child;
	int ran = 0;

	if (argc != 5)
		return 64;
	setvbuf(stdout, malloc(65536), _IOFBF, 65536);
	snprintf(moved, sizeof moved, "%s.moved", argv[4]);
	may.dir = strcmp(argv[1], "-") ? argv[1] : NULL;
	if (may.dir && argv[2][0] == '0') {
		may.from = argv[4];
		may.to = moved;
	}
	if (sandbox_enter(true, &may, &state, words, &e)) {
		printf("%s\n", e.text);
		return e.status;
	}
	printf("state %s\n", sandbox_word[state]);
	tried("mprotect-exec", mprotect(page, 4096, PROT_READ | PROT_EXEC));
	tried("mprotect", mprotect(page, 4096, PROT_READ));
	tried("mmap-exec", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	tried("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
	tried("getrlimit", getrlimit(RLIMIT_NOFILE, &limit));
	if ((child = fork()) == 0)
		_exit(0);
	tried("fork", child < 0 ? -1 : 0);
	tried("thread", pthread_create(&t, NULL, thread, &ran) || pthread_join(t, NULL) || !ran ? -1 : 0);
	tried("open", open(argv[3], O_RDONLY));
	tried("create-outside", open("/tmp/exhibit-sandbox-test", O_WRONLY | O_CREAT, 0600));
	tried("unlink-outside", unlink(argv[3]));
	tried("rename-outside", rename(argv[3], moved));
	snprintf(other, sizeof other, "%s", argv[4]);
	tried("rename-other", rename(other, moved));
	tried("unlink-other", unlink(other));
	tried("unlinkat-made", unlinkat(AT_FDCWD, other, 0));
	tried("rename-own", rename(argv[4], moved));
	tried("signal-other", (int)syscall(SYS_tgkill, parent, parent, 0));
	return 0;
}
