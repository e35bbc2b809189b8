/*
 * Flips bits of an archive in one process and verifies each time: every flip must end altered or unreadable, with a finding.
 * usage: flip FILE VKEY [SAMPLES SEED]   without SAMPLES: every bit of the file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/verify.h"

static int
judge(const char *path, const struct vkey *key, unsigned *n_findings)
{
	struct attached *file;
	struct archive *a = NULL;
	struct verification v;
	struct err e = { 0 };
	int exit_status;

	memset(&v, 0, sizeof v);
	if ((file = archive_attach(path, path, 0, &e)) == NULL ||
	    archive_open(file, key, 1, &v.findings, &a, &e) < 0) {
		fprintf(stderr, "tool failure: %s\n", e.text);
		exit(2);
	}
	if (vouch_judge(&a, 1, key, 1, NULL, 0, &v.findings, &e)) {
		fprintf(stderr, "tool failure: %s\n", e.text);
		exit(2);
	}
	v.archive = &a;
	v.n_archives = 1;
	v.threads = 1;
	v.any_vkey = true;
	if (verify_run(&v, &e)) {
		fprintf(stderr, "tool failure: %s\n", e.text);
		exit(2);
	}
	exit_status = v.exit;
	*n_findings = v.findings.n;
	verify_release(&v);
	archive_close(a);
	return exit_status;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };
	struct vkey key;
	struct stat st;
	char line[4096], path[64];
	unsigned char *p;
	unsigned n_findings;
	unsigned long long bits, todo, bad = 0, unreadable = 0, state;
	FILE *f;
	int fd, mem, status;

	if (argc < 3 || (fd = open(argv[1], O_RDONLY)) < 0 || fstat(fd, &st) || (f = fopen(argv[2], "r")) == NULL || fgets(line, sizeof line, f) == NULL ||
	    vkey_parse(&key, line, strlen(line), &e))
		return 2;
	mem = memfd_create("flip", 0);
	if (mem < 0 || ftruncate(mem, st.st_size) || (p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, mem, 0)) == MAP_FAILED ||
	    pread(fd, p, (size_t)st.st_size, 0) != st.st_size)
		return 2;
	snprintf(path, sizeof path, "/proc/self/fd/%d", mem);
	/* of a file that continues a log the positions before it are missing: status 2 */
	if ((status = judge(path, &key, &n_findings)) != 0 && status != 2) {
		printf("the archive itself does not verify\n");
		return 1;
	}
	bits = (unsigned long long)st.st_size * 8;
	todo = argc > 3 ? strtoull(argv[3], NULL, 10) : bits;
	state = argc > 4 ? strtoull(argv[4], NULL, 10) * 2 + 1 : 1;
	for (unsigned long long i = 0; i < todo; i++) {
		unsigned long long bit = i;

		if (argc > 3) {
			state = state * 6364136223846793005ull + 1442695040888963407ull;
			bit = (state >> 11) % bits;
		}
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		status = judge(path, &key, &n_findings);
		if ((status != 1 && status != 5) || n_findings == 0) {
			printf("bit %llu of byte %llu: status %d, %u findings\n", bit % 8, bit / 8, status, n_findings);
			bad++;
		}
		unreadable += status == 5;
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	printf("%llu flips of %llu bits: %llu altered, %llu unreadable, %llu undetected\n", todo, bits, todo - unreadable - bad, unreadable, bad);
	return bad != 0;
}
