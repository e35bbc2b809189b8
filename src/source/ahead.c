#include "source/ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4u
#define SLOT_BYTES 262144u

struct ahead {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	pthread_t thread;
	ssize_t (*make)(void *arg, const void **ret, char why[400]);
	void *arg;
	unsigned char *slot[SLOTS];
	size_t len[SLOTS];
	unsigned made, used; /* slots filled and given back so far */
	bool handed;         /* slot `used` is with the user */
	bool ended, failed, stop;
	char why[400];
};

/* A free slot; false: nobody wants more. */
static bool
wait_for_room(struct ahead *a)
{
	bool stop;

	pthread_mutex_lock(&a->lock);
	while (a->made - a->used == SLOTS && !a->stop)
		pthread_cond_wait(&a->emptied, &a->lock);
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return !stop;
}

static void *
run(void *arg)
{
	struct ahead *a = arg;
	char why[400] = "";
	const void *p;
	ssize_t n;

	while (wait_for_room(a) && (n = a->make(a->arg, &p, why)) > 0)
		for (size_t at = 0, k; at < (size_t)n && wait_for_room(a); at += k) {
			k = (size_t)n - at > SLOT_BYTES ? SLOT_BYTES : (size_t)n - at;
			memcpy(a->slot[a->made % SLOTS], (const char *)p + at, k);
			pthread_mutex_lock(&a->lock);
			a->len[a->made++ % SLOTS] = k;
			pthread_cond_signal(&a->filled);
			pthread_mutex_unlock(&a->lock);
		}
	pthread_mutex_lock(&a->lock);
	a->ended = true;
	a->failed = why[0] != '\0';
	memcpy(a->why, why, sizeof a->why);
	pthread_cond_signal(&a->filled);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

struct ahead *
ahead_new(ssize_t (*make)(void *arg, const void **ret, char why[400]), void *arg, struct err *e)
{
	struct ahead *a = calloc(1, sizeof *a);
	bool room = a != NULL;

	for (unsigned i = 0; i < SLOTS && room; i++)
		room = (a->slot[i] = malloc(SLOT_BYTES)) != NULL;
	if (room) {
		pthread_mutex_init(&a->lock, NULL);
		pthread_cond_init(&a->filled, NULL);
		pthread_cond_init(&a->emptied, NULL);
		a->make = make;
		a->arg = arg;
		if (pthread_create(&a->thread, NULL, run, a) == 0)
			return a;
		err_set(e, EX_OS_ERR, "no thread could be started");
	} else {
		err_nomem(e);
	}
	for (unsigned i = 0; a && i < SLOTS; i++)
		free(a->slot[i]);
	free(a);
	return NULL;
}

ssize_t
ahead_next(struct ahead *a, const void **ret, char why[400])
{
	ssize_t n = 0;

	pthread_mutex_lock(&a->lock);
	if (a->handed) {
		a->used++;
		a->handed = false;
		pthread_cond_signal(&a->emptied);
	}
	while (a->made == a->used && !a->ended)
		pthread_cond_wait(&a->filled, &a->lock);
	if (a->made != a->used) {
		*ret = a->slot[a->used % SLOTS];
		n = (ssize_t)a->len[a->used % SLOTS];
		a->handed = true;
	} else if (a->failed) {
		memcpy(why, a->why, sizeof a->why);
		n = -1;
	}
	pthread_mutex_unlock(&a->lock);
	return n;
}

void
ahead_free(struct ahead *a, void (*interrupt)(void *arg))
{
	bool under_way;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	under_way = !a->ended;
	pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
	if (under_way)
		interrupt(a->arg);
	pthread_join(a->thread, NULL);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->emptied);
	for (unsigned i = 0; i < SLOTS; i++)
		free(a->slot[i]);
	free(a);
}
