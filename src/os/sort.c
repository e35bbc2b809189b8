/*
 * qsort and qsort_r of platforms that have none, or one that lays equal members otherwise than
 * glibc's, which merges: what is equal stays in the order in which it came, on every platform.
 */
#include <stdlib.h>
#include <string.h>

typedef int compare_fn(const void *a, const void *b, void *arg);

/* Merges the two sorted halves of n members, by way of room for all of them. */
static void
merge(char *p, size_t half, size_t n, size_t size, compare_fn *cmp, void *arg, char *room)
{
	size_t i = 0, j = half, k = 0;

	while (i < half && j < n) {
		size_t *from = cmp(p + i * size, p + j * size, arg) <= 0 ? &i : &j;

		memcpy(room + k++ * size, p + (*from)++ * size, size);
	}
	memcpy(room + k * size, p + i * size, (half - i) * size);
	/* what is left of the second half lies in its place already */
	memcpy(p, room, (k + half - i) * size);
}

static void
sort(char *p, size_t n, size_t size, compare_fn *cmp, void *arg, char *room)
{
	if (n < 2)
		return;
	sort(p, n / 2, size, cmp, arg, room);
	sort(p + n / 2 * size, n - n / 2, size, cmp, arg, room);
	if (cmp(p + (n / 2 - 1) * size, p + n / 2 * size, arg) > 0)
		merge(p, n / 2, n, size, cmp, arg, room);
}

void
qsort_r(void *base, size_t n, size_t size, compare_fn *cmp, void *arg)
{
	char *room = n < 2 || size == 0 ? NULL : calloc(n, size);

	if (n < 2 || size == 0)
		return;
	/* a sort cannot fail: nothing is judged by what is not in order */
	if (room == NULL)
		abort();
	sort(base, n, size, cmp, arg, room);
	free(room);
}

static int
plain(const void *a, const void *b, void *arg)
{
	int (*const *cmp)(const void *, const void *) = arg;

	return (*cmp)(a, b);
}

void
qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	qsort_r(base, n, size, plain, &cmp);
}
