/* What <stdlib.h> of the platform lacks; src/os/sort.c has it. */
#ifndef OS_WASI_STDLIB_H
#define OS_WASI_STDLIB_H

#include_next <stdlib.h>

void qsort_r(
    void *base, size_t n, size_t size, int (*cmp)(const void *, const void *, void *), void *arg);

#endif
