/* Rights given up before anything of an archive is parsed: no new privileges, Landlock, seccomp
 * without sockets, programs or new files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/analyze/analyze.h"

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION 1u
#endif

const char *const sandbox_word[] = { "off", "none on this platform", "partial", "full" };

#define ALLOW(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ANSWER(name, what) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

/* Half an argument; both machines this is built for store the low half first. */
#define LOW(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define HIGH(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]) + 4)

/* A call that is allowed only if its low argument has none of these bits, else EPERM. */
#define ALLOW_WITHOUT(name, n, bits) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOW(n), \
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, REFUSE(EPERM)), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Goes on if argument n is this address, else EACCES: six instructions. */
#define IS_ADDRESS(n, address) \
	LOW(n), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(uintptr_t)(address), 1, 0), \
	    BPF_STMT(BPF_RET | BPF_K, REFUSE(EACCES)), HIGH(n), \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)((uint64_t)(uintptr_t)(address) >> 32), \
		1, 0), \
	    BPF_STMT(BPF_RET | BPF_K, REFUSE(EACCES))
#define ALLOW_ONE(name, n, address) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 7), IS_ADDRESS(n, address), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW_TWO(name, n, address, m, other) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 13), IS_ADDRESS(n, address), \
	    IS_ADDRESS(m, other), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* No text lies at this address: what is compared with it is refused. */
#define NOWHERE ((const char *)1)

/* What may is NULL for is refused. Where files are made, Landlock says.
 *
 * Long: the filter is one program, whose jumps count instructions; it is read from the top. */
static int
seccomp(const struct sandbox_may *may)
{
	bool files = may && may->dir && may->from == NULL;
	uint32_t make = files ? SECCOMP_RET_ALLOW : REFUSE(EACCES);
	/* paths are compared as pointers: the kernel's filter sees no text */
	const char *from = may && may->from ? may->from : NOWHERE,
		   *to = may && may->to ? may->to : NOWHERE;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
#if defined(__x86_64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
#elif defined(__aarch64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(read),
		ALLOW(write),
		ALLOW(writev),
		ALLOW(pread64),
		ALLOW(lseek),
		ALLOW(close),
		ALLOW(fstat),
		ALLOW(newfstatat),
		ALLOW(fsync),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(madvise),
		ALLOW(brk),
		ALLOW(futex),
		ALLOW(getrandom),
		ALLOW(exit),
		ALLOW(exit_group),
		ALLOW(set_robust_list),
		ALLOW(rseq),
		ALLOW(sched_yield),
		ALLOW(sched_getaffinity),
		ALLOW(rt_sigprocmask),
		ALLOW(rt_sigaction),
		ALLOW(rt_sigreturn),
		ALLOW(sigaltstack),
		ALLOW(getpid),
		ALLOW(gettid),
		ALLOW(clock_gettime),
		ALLOW(clock_nanosleep),
		ALLOW(nanosleep),
		ALLOW(sysinfo),
		ALLOW(restart_syscall),
		ALLOW(fcntl),
		/* one file gets its name, or goes; or what was made in a folder goes again */
		ALLOW_TWO(renameat, 1, from, 3, to),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_unlinkat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, make),
#ifdef __NR_rename
		ALLOW_TWO(rename, 0, from, 1, to),
		ALLOW_ONE(unlink, 0, from),
#endif
		/* memory is written or run, never made runnable */
		ALLOW_WITHOUT(mmap, 2, PROT_EXEC),
		ALLOW_WITHOUT(mprotect, 2, PROT_EXEC),
		/* threads, no processes: clone3 answers "not there", glibc then uses clone */
		ANSWER(clone3, REFUSE(ENOSYS)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
		LOW(0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, REFUSE(EPERM)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* limits are asked for, not set: no new ones are given */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prlimit64, 0, 6),
		LOW(2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		HIGH(2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, REFUSE(EPERM)),
		/* abort() signals this process; no other is */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 4),
		LOW(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, REFUSE(EPERM)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* asking whether stdout is a terminal is harmless, and so is being told no */
		ANSWER(ioctl, REFUSE(ENOTTY)),
		/* else nothing needs to be opened any more; libraries that try get a plain no */
		ANSWER(mkdirat, make),
		ANSWER(openat, make),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	/* no way back: a filter can be added to, and never taken off */
	struct sock_fprog prog = { sizeof filter / sizeof *filter, filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

/* Every file system right that this kernel knows is handled and none is granted, but making and
 * renaming in the folder of a report. */
static int
landlock(const char *out_dir)
{
	/* the number of rights of each version of the interface; a right that a kernel does not
	 * know would be refused as a mistake */
	static const unsigned char rights[] = { 0, 13, 14, 15, 15, 16 };
	int version =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION),
	    fd, rc;
	struct landlock_ruleset_attr attr = { .handled_access_fs = 0 };
	struct landlock_path_beneath_attr rule = { .allowed_access = LANDLOCK_ACCESS_FS_MAKE_REG |
		    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE };

	if (version < 1)
		return -1;
	attr.handled_access_fs = (1ull << rights[version < 5 ? version : 5]) - 1;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0)) < 0)
		return -1;
	if (out_dir && (rule.parent_fd = open(out_dir, O_PATH | O_CLOEXEC)) >= 0) {
		syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
		close(rule.parent_fd);
	}
	rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return rc;
}

/* What came of a part of it. */
enum granted { GRANTED, NOT_HERE, REFUSED };

/* A platform without it says so with ENOSYS or EINVAL, a host that forbids it with EPERM or
 * EACCES; anything else is no reason to go on. */
static enum granted
granted(int rc, bool landlock_call)
{
	if (rc == 0)
		return GRANTED;
	if (errno == ENOSYS || (!landlock_call && errno == EINVAL) ||
	    (landlock_call && errno == EOPNOTSUPP))
		return NOT_HERE;
	return REFUSED;
}

static int
refused(const char *what, struct err *e)
{
	return err_set(e, EX_NO_PERM,
	    "this host refuses the sandbox (%s: %s), so nothing was parsed; --sandbox off goes on "
	    "without it",
	    what, strerror(errno));
}

int
sandbox_enter(bool wanted, const struct sandbox_may *may, enum sandbox_state *ret, char state[128],
    struct err *e)
{
	enum granted priv, fs, calls;

	if (!wanted) {
		*ret = SANDBOX_OFF;
		snprintf(state, 128, "off (--sandbox=off)");
		return 0;
	}
	if ((priv = granted(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), false)) == REFUSED)
		return refused("no_new_privs", e);
	if ((fs = granted(landlock(may ? may->dir : NULL), true)) == REFUSED)
		return refused("Landlock", e);
	if ((calls = granted(seccomp(may), false)) == REFUSED)
		return refused("seccomp", e);
	*ret = priv == GRANTED && fs == GRANTED && calls == GRANTED ? SANDBOX_FULL :
	    priv != GRANTED || calls != GRANTED                     ? SANDBOX_NONE :
								      SANDBOX_PARTIAL;
	if (*ret == SANDBOX_NONE && fs == GRANTED)
		*ret = SANDBOX_PARTIAL;
	snprintf(state, 128, "no new privileges: %s, Landlock: %s, seccomp: %s",
	    priv == GRANTED ? "yes" : "no", fs == GRANTED ? "yes" : "no",
	    calls == GRANTED ? "yes" : "no");
	return 0;
}
