/*
 * src/os/: what platforms do differently, one file each: linux.c, and wasi.c, the page that runs in
 * a browser. All else is written for POSIX files and <pthread.h>; the folder src/os/wasi holds
 * headers that this platform lacks. Which file is built says the Makefile; the sandbox is
 * cmd/analyze/sandbox.c on Linux, and sandbox_none.c elsewhere.
 */
#ifndef OS_OS_H
#define OS_OS_H

#include <stdbool.h>
#include <stddef.h>

/* Processors that this process may use, 1 to 16: how many threads are worth starting. */
unsigned os_cpus(void);

/* n random bytes that nobody can foretell. false: there are none to be had. */
bool os_random(void *to, size_t n);

/* A copy of an open file, not one of the standard three, closed on exec; -1 (errno). */
int os_dup(int fd);

/* A name by which the open file can be opened again, with an offset of its own. false: the platform
 * has none. */
bool os_name_of(int fd, char ret[64]);

/* Waits until this process alone may write to the open file; the lock goes with the file. false
 * (errno): it cannot be had. */
bool os_lock(int fd);

/* The program that runs, opened for reading; -1: the platform does not say. */
int os_open_program(void);

/* Columns of the terminal behind the open file; 0: it is none, or does not say. */
unsigned os_columns(int fd);

/* A file that may not grow any further fails to be written, and does not end the process. */
void os_begin(void);

/* From now on the user's interruption calls f, and does not end the process. */
void os_on_interrupt(void (*f)(int signal));

/*
 * Memory that is written once and then read only, so that a name that the sandbox was told lets
 * nobody else slip in another. NULL: no memory. os_freeze: false (errno): it stayed writable.
 */
void *os_frozen_new(size_t n);
bool os_freeze(void *p, size_t n);
void os_frozen_free(void *p, size_t n);

#endif
