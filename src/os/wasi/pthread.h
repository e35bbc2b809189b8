/*
 * Threads where there are none: none can be started, which every caller takes for "do it yourself",
 * and locks have nobody to keep out. wasi-libc of Debian 12 has the types, and no header.
 */
#ifndef OS_WASI_PTHREAD_H
#define OS_WASI_PTHREAD_H

#include <errno.h>
#include <sys/types.h>

#define PTHREAD_ONCE_INIT 0

static inline int
pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg)
{
	(void)t;
	(void)a;
	(void)f;
	(void)arg;
	return EAGAIN;
}

static inline int
pthread_join(pthread_t t, void **ret)
{
	(void)t;
	(void)ret;
	return 0;
}

static inline int
pthread_once(pthread_once_t *once, void (*f)(void))
{
	if (*once == 0) {
		*once = 1;
		f();
	}
	return 0;
}

static inline int
pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
	(void)m;
	(void)a;
	return 0;
}

static inline int
pthread_mutex_lock(pthread_mutex_t *m)
{
	(void)m;
	return 0;
}

static inline int
pthread_mutex_unlock(pthread_mutex_t *m)
{
	(void)m;
	return 0;
}

static inline int
pthread_mutex_destroy(pthread_mutex_t *m)
{
	(void)m;
	return 0;
}

static inline int
pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
	(void)c;
	(void)a;
	return 0;
}

static inline int
pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	(void)c;
	(void)m;
	return 0;
}

static inline int
pthread_cond_signal(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

static inline int
pthread_cond_broadcast(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

static inline int
pthread_cond_destroy(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

#endif
