/*
 * Runs a program under a kernel that refuses one of its calls, as file systems do that lack
 * something. It works for static programs too.
 * usage: refuse CALL ERRNO ARGUMENT MASK|>=N PROGRAM [ARG...]
 *     CALL: openat, lseek, pread64, write, fsync or rename. Refused are the calls of which argument ARGUMENT
 *     (from 0) has a bit of MASK, or is at least N.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned number;
} call[] = {
	{ "openat", SYS_openat },
	{ "lseek", SYS_lseek },
	{ "pread64", SYS_pread64 },
	{ "write", SYS_write },
	{ "fsync", SYS_fsync },
#ifdef SYS_rename
	{ "rename", SYS_rename },
#else
	{ "rename", SYS_renameat },
#endif
};
#define CALLS (sizeof call / sizeof *call)

int
main(int argc, char **argv)
{
	unsigned i = 0, least, argument;

	if (argc < 6)
		return 2;
	while (i < CALLS && strcmp(call[i].name, argv[1]))
		i++;
	if (i == CALLS)
		return 2;
	argument = (unsigned)atoi(argv[3]);
	least = strncmp(argv[4], ">=", 2) == 0;
	/* of 64 bits the lower half, which is all that these arguments have */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call[i].number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    (unsigned)(offsetof(struct seccomp_data, args) + 8 * argument)),
		BPF_JUMP(BPF_JMP | (least ? BPF_JGE : BPF_JSET) | BPF_K,
		    (unsigned)strtoul(argv[4] + 2 * least, NULL, 0), 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_ERRNO | ((unsigned)atoi(argv[2]) & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse");
		return 3;
	}
	execv(argv[5], argv + 5);
	perror(argv[5]);
	return 3;
}
