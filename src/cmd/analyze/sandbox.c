/* Rights given up before anything of an archive is parsed: no new privileges, Landlock, seccomp without sockets, programs or new files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/analyze/analyze.h"

#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* files: new ones, and folders, may be made; where, Landlock says. */
static int
seccomp(bool files)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
#if defined(__x86_64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
#elif defined(__aarch64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(pread64), ALLOW(lseek), ALLOW(close), ALLOW(fstat), ALLOW(newfstatat), ALLOW(fsync),
		ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect), ALLOW(madvise), ALLOW(brk), ALLOW(futex), ALLOW(getrandom), ALLOW(exit), ALLOW(exit_group),
		ALLOW(clone), ALLOW(set_robust_list), ALLOW(rseq), ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(rt_sigprocmask), ALLOW(rt_sigaction),
		ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW(getpid), ALLOW(gettid), ALLOW(tgkill), ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep),
		ALLOW(prlimit64), ALLOW(sysinfo), ALLOW(restart_syscall), ALLOW(fcntl), ALLOW(renameat), ALLOW(unlinkat),
#ifdef __NR_rename
		ALLOW(rename), ALLOW(unlink),
#endif
		/* clone3 answers "not there": glibc then uses clone */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone3, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		/* asking whether stdout is a terminal is harmless, and so is being told no */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		/* else nothing needs to be opened any more; libraries that try get a plain no */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mkdirat, 0, 1), BPF_STMT(BPF_RET | BPF_K, files ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 1), BPF_STMT(BPF_RET | BPF_K, files ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog prog = { sizeof filter / sizeof *filter, filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

/* Every file system right is handled and none is granted, but renaming within the folder of a report. */
static int
landlock(const char *out_dir)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = (1ull << 13) - 1 };
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE
	};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0), rc;

	if (fd < 0)
		return -1;
	if (out_dir && (rule.parent_fd = open(out_dir, O_PATH | O_CLOEXEC)) >= 0) {
		syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
		close(rule.parent_fd);
	}
	rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return rc;
}

void
sandbox_enter(bool wanted, const char *out_dir, bool files, char state[128])
{
	bool priv, fs, calls;

	if (!wanted) {
		snprintf(state, 128, "off (--sandbox=off)");
		return;
	}
	priv = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	fs = priv && landlock(out_dir) == 0;
	calls = priv && seccomp(files) == 0;
	snprintf(state, 128, "no new privileges: %s, Landlock: %s, seccomp: %s", priv ? "yes" : "no", fs ? "yes" : "no", calls ? "yes" : "no");
}
