/* How far an export has come, on a terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "cmd/export/export.h"

static double
seconds(const struct timespec *a, const struct timespec *b)
{
	return (double)(b->tv_sec - a->tv_sec) + (double)(b->tv_nsec - a->tv_nsec) / 1e9;
}

void
progress_show(void *arg, const struct session *s, const struct stream *f)
{
	struct progress *p = arg;
	struct timespec now;
	double done, took;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (seconds(&p->last, &now) < 0.5)
		return;
	p->last = now;
	took = seconds(&p->began, &now);
	done = stream_progress(f);
	fprintf(stderr, "\r%" PRIu64 " rows, %.1f MB/s", s->rows,
	    (double)stream_offset(f) / 1e6 / took);
	if (done > 0)
		fprintf(stderr, ", %.0f %%, %.0f s left", done * 100, took / done - took);
	fprintf(stderr, "\033[K");
}

void
progress_end(const struct session *s)
{
	if (s->progress)
		fprintf(stderr, "\r\033[K");
}
